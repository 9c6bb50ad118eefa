const FIRST_MS = 30_000
const LONGEST_MS = 3_600_000

/** How long a mail waits after so many tries: 30 s, doubling up to 1 h, a fifth more or less so that mails do not come
 *  in step. `random` is 0 to 1. */
export function backoffMs(tries: number, random: number): number {
  return Math.round(Math.min(FIRST_MS * 2 ** Math.max(0, tries - 1), LONGEST_MS) * (0.8 + 0.4 * random))
}
