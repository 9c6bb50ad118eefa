import type { DiskClassName, DiskClassState, DiskState } from '../../job/disk-state.ts'
import type { DiskClass } from './disk-class.ts'
import { type Look, lookAtClass } from './look-at-class.ts'
import type { ReserveFile } from './reserve-file.ts'
import type { Room } from './room.ts'

/** Between looks while a run waits for room. */
const LOOK_MS = 2000
/** Between cleanings while a run waits: measuring is not free. */
const CLEAN_AGAIN_MS = 60_000
/** An engine adds up its layers before it answers. */
const LIMIT_MS = 5 * 60_000
/** Runs that end together are cleaned up after together. */
const SETTLE_MS = 1000

export type Governor = {
  /** May a run start now? Asked before each; where there is no room, a cleaning begins, and `resume` is called when
   *  there is. */
  hasRoom(): boolean
  /** The data folder's disk is as good as full: nothing may be taken out of the spool. */
  isFull(): boolean
  /** why no run starts; null: nothing is held back */
  held(): string | null
  /** A write failed for want of room: gives the reserve file's bytes back. True: it is worth trying again. */
  relieve(): boolean
  /** Measures, cleans and publishes all classes; calls while it works lead to one more look, never to two at once. */
  check(): Promise<void>
  /** a run has ended: its images may be beyond the keep list now */
  runEnded(): void
  /** Settles when runs are held back and a cleaning did not help: who wants to end need not wait for them. */
  stuck(): Promise<void>
  stop(): Promise<void>
}

export type GovernorDeps = {
  classes: DiskClass[]
  room(): Room
  reserve: ReserveFile
  publish(state: DiskState): void
  /** there is room again */
  resume(): void
  /** `held` has changed */
  changed(): void
  now(): Date
  log: Record<'info' | 'warn' | 'error', (facts: object, message: string) => void>
}

/** Keeps what Letterbox writes within its budgets, and holds runs back while a disk lacks room. Stops no run. */
export function createGovernor(deps: GovernorDeps): Governor {
  const { log } = deps
  const stopping = new AbortController()
  const states = new Map<DiskClassName, DiskClassState>()
  let held: string | null = null
  let cleaned: DiskState['cleaned'] = null
  let working: Promise<void> | null = null
  let wanted: Set<DiskClassName> | 'all' | null = null
  let watch: NodeJS.Timeout | null = null
  let settle: NodeJS.Timeout | null = null
  let cleanedAt = Number.NEGATIVE_INFINITY
  let stuckWaiters: (() => void)[] = []
  let relieved = false

  function look(): Room {
    const room = deps.room()
    // it is kept until a write of our own needs it: whoever fills the disk would take it at once
    if (!room.isFull && !relieved) deps.reserve.hold()
    if (room.lack !== held) hold(room.lack)
    return room
  }

  function hold(lack: string | null): void {
    const was = held
    held = lack
    deps.changed()
    if (lack !== null && was === null) {
      log.warn({ why: lack }, 'no run starts: a disk lacks room')
      watch = setInterval(lookAgain, LOOK_MS)
    }
    if (lack === null) {
      if (watch !== null) clearInterval(watch)
      watch = null
      relieved = false
      deps.reserve.hold()
      log.info({}, 'there is room on the disk again')
    }
  }

  function lookAgain(): void {
    const room = look()
    if (room.lack === null) deps.resume()
    else cleanForRoom()
  }

  function cleanForRoom(): void {
    if (performance.now() - cleanedAt < CLEAN_AGAIN_MS) return
    cleanedAt = performance.now()
    void check('all').then(() => {
      if (look().lack === null) return deps.resume()
      for (const resolve of stuckWaiters) resolve()
      stuckWaiters = []
    })
  }

  function check(names: Set<DiskClassName> | 'all'): Promise<void> {
    if (stopping.signal.aborted) return Promise.resolve()
    wanted = wanted === 'all' || names === 'all' ? 'all' : new Set([...(wanted ?? []), ...names])
    working ??= work().finally(() => {
      working = null
    })
    return working
  }

  async function work(): Promise<void> {
    while (wanted !== null && !stopping.signal.aborted) {
      const names = wanted
      wanted = null
      await lookAtAll(deps.classes.filter(({ name }) => names === 'all' || names.has(name)))
    }
  }

  async function lookAtAll(classes: DiskClass[]): Promise<void> {
    const from = performance.now()
    const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(LIMIT_MS)])
    const gone: Look['gone'] = []
    for (const one of classes) {
      const seen = await lookAtClass(one, true, signal)
      if (stopping.signal.aborted) return
      gone.push(...seen.gone)
      tellOf(seen.state)
      states.set(one.name, seen.state)
    }
    const bytes = gone.reduce((sum, item) => sum + item.bytes, 0)
    if (gone.length > 0) {
      cleaned = { at: deps.now().toISOString(), items: gone.length, bytes }
      log.info({ items: gone.length, bytes }, 'disk cleaned')
    }
    publish(performance.now() - from)
  }

  function tellOf(state: DiskClassState): void {
    const before = states.get(state.name)
    const isOver = state.budgetBytes !== null && state.usedBytes > state.budgetBytes
    const wasOver = before?.budgetBytes != null && before.usedBytes > before.budgetBytes
    const { name, usedBytes, budgetBytes } = state
    if (isOver && !wasOver)
      log.warn({ class: name, usedBytes, budgetBytes }, 'over its disk budget by what must be kept')
    if (state.trouble !== null && before?.trouble !== state.trouble)
      log.warn({ class: name, trouble: state.trouble }, 'its disk usage is not known')
  }

  function publish(tookMs: number): void {
    const { disks } = deps.room()
    const classes = deps.classes.flatMap(({ name }) => states.get(name) ?? [])
    try {
      deps.publish({ checkedAt: deps.now().toISOString(), tookMs, disks, held, cleaned, classes })
    } catch (error) {
      log.error({ err: error }, 'the state of the disk could not be written')
    }
  }

  look()
  return {
    hasRoom() {
      const { lack } = look()
      if (lack !== null) cleanForRoom()
      return lack === null
    },
    isFull: () => deps.room().isFull,
    held: () => held,
    relieve() {
      const given = deps.reserve.release()
      relieved = true
      if (held === null) hold('a disk had no room for a write')
      cleanForRoom()
      return given
    },
    check: () => check('all'),
    runEnded() {
      settle ??= setTimeout(() => {
        settle = null
        void check(new Set(['images', 'workspaces']))
      }, SETTLE_MS).unref()
    },
    stuck: () =>
      new Promise((resolve) => {
        stuckWaiters.push(resolve)
      }),
    async stop() {
      if (watch !== null) clearInterval(watch)
      if (settle !== null) clearTimeout(settle)
      stopping.abort()
      await working
    },
  }
}
