import { schedule } from 'node-cron'

/** How often the wall clock is held against the monotonic one, and what difference is a jump. */
const CHECK_MS = 20_000
const JUMP_MS = 2000

export type EveryDeps = {
  /** ms, as Date.now() */
  wallClock(): number
  /** ms, never jumps */
  monotonic(): number
}

const CLOCKS: EveryDeps = { wallClock: Date.now, monotonic: () => performance.now() }

/** Does some work whenever a cron pattern matches. node-cron waits for a time of the wall clock: set back by an hour, it
 *  would be silent for an hour. So a jump of the clock, either way, arms it anew; nothing fires twice for one minute. */
export function every(pattern: string, work: () => void | Promise<void>, clocks = CLOCKS): { stop(): void } {
  const task = schedule(pattern, work)
  let offset = clocks.wallClock() - clocks.monotonic()
  const watch = setInterval(() => {
    const now = clocks.wallClock() - clocks.monotonic()
    if (Math.abs(now - offset) > JUMP_MS) {
      void task.stop()
      void task.start()
    }
    offset = now
  }, CHECK_MS).unref()
  return {
    stop() {
      clearInterval(watch)
      void task.destroy()
    },
  }
}
