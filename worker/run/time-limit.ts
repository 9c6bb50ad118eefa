/** The longest time a timer can hold, 24.8 days: a longer limit ends then. */
const LONGEST_MS = 2 ** 31 - 1

export type TimeLimit = { signal: AbortSignal; clear(): void }

/** A signal that fires with `reason` when the time is over; timers count monotonic time, whatever the clock does.
 *  null: never. */
export function startTimeLimit(limitMs: number | null, reason?: unknown): TimeLimit {
  const limit = new AbortController()
  const timer = limitMs === null ? undefined : setTimeout(() => limit.abort(reason), Math.min(limitMs, LONGEST_MS))
  return { signal: limit.signal, clear: () => clearTimeout(timer) }
}
