import { setTimeout as delay } from 'node:timers/promises'

const SHORTEST_MS = 250
const LONGEST_MS = 5000

/** How often AWS is asked while something goes on there: at once, then after 250 ms, doubled to at most 5 s while
 *  nothing new is seen, and quickly again after news. */
export type Pace = {
  news(): void
  pause(): Promise<void>
}

export function createPace(signal: AbortSignal): Pace {
  let nextMs = SHORTEST_MS
  return {
    news() {
      nextMs = SHORTEST_MS
    },
    async pause() {
      await delay(nextMs, undefined, { signal })
      nextMs = Math.min(nextMs * 2, LONGEST_MS)
    },
  }
}
