import { setTimeout as pause } from 'node:timers/promises'

/** Something that a trial waited for did not come: the promise is broken there. */
export class NotKept extends Error {}

const POLL_MS = 40

/** Waits until the condition holds. @throws NotKept at the limit, and what the signal says when it fires */
export async function waitFor(
  what: string,
  holds: () => boolean,
  { limitMs, signal }: { limitMs: number; signal: AbortSignal },
): Promise<void> {
  const end = performance.now() + limitMs
  while (!holds()) {
    if (performance.now() > end) throw new NotKept(`${what} did not come about within ${limitMs / 1000} s`)
    await pause(POLL_MS, undefined, { signal })
  }
}
