import { setTimeout as pause } from 'node:timers/promises'
import { LetterboxError } from '../../job/letterbox-error.ts'

/** What is told to stop kills what it has begun within seconds. What has not stopped after this long hangs, as on an
 *  engine that takes requests and never answers. */
const PATIENCE_MS = 30_000

/** A run was told to stop, and what it was doing did not. */
export class DidNotStop extends LetterboxError {
  readonly code = 'DID_NOT_STOP'
  readonly fault = 'ours'

  constructor() {
    super('what the run was doing did not stop when it was told to, and is left behind', {
      hint: 'Does the engine answer (`docker ps`)? Look for containers with the label dev.letterbox.run.',
    })
  }
}

/** Waits for work that obeys the signal; once that has fired not for ever, so that no run stays open because something
 *  hangs. @throws DidNotStop */
export async function withPatience<T>(work: Promise<T>, signal: AbortSignal, patienceMs = PATIENCE_MS): Promise<T> {
  const done = new AbortController()
  const tooLong = async () => {
    await fired(signal, done.signal)
    await pause(patienceMs, undefined, { signal: done.signal })
    throw new DidNotStop()
  }
  try {
    return await Promise.race([work, tooLong()])
  } finally {
    done.abort()
  }
}

/** Rejects when `done` fires first, which nobody hears any more. */
function fired(signal: AbortSignal, done: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { signal: done })
    done.addEventListener('abort', () => reject(done.reason), { once: true })
  })
}
