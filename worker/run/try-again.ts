import { setTimeout as delay } from 'node:timers/promises'
import { LetterboxError } from '../../job/letterbox-error.ts'

/** Tries again after trouble that is ours, after each wait of `backoffMs`; other errors and the signal end it at once. */
export async function tryAgain<T>(
  attempt: () => Promise<T>,
  options: { backoffMs: readonly number[]; signal: AbortSignal; say(line: string): void },
): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await attempt()
    } catch (error) {
      const wait = options.backoffMs[tries]
      const ours = error instanceof LetterboxError && error.fault === 'ours'
      if (!ours || wait === undefined || options.signal.aborted) throw error
      options.say(`${error.message}; trying again in ${wait / 1000} s`)
      await delay(wait, undefined, { signal: options.signal })
    }
  }
}
