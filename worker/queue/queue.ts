import type { Run } from '../../job/run.ts'
import type { RunEnd } from '../../job/store-port.ts'
import { nextRun } from './next-run.ts'
import type { QueueEntry } from './queue-entry.ts'
import type { StopReason } from './stop-reason.ts'
import { supersedes } from './supersedes.ts'

export type QueueDeps = {
  /** runs at once */
  concurrency: number
  /** Carries one run out; settles when it has ended or, after `worker-stops`, when it was laid down. Never rejects. */
  execute(run: Run, signal: AbortSignal): Promise<void>
  /** Asked before each start; whoever says no calls `setConcurrency` when it may be asked again. Default: always */
  mayStart?(): boolean
  /** Ends a run that never started. */
  end(end: RunEnd): void
  now(): Date
  log: { info(facts: object, message: string): void }
}

export type Queue = {
  /** Adds runs in the order given and starts what can start. Older pushes that they supersede are skipped, or canceled
   *  where they had begun. */
  add(entries: QueueEntry[]): void
  /** `false`: no such run is queued or running. */
  cancel(runId: string, by: string): boolean
  setConcurrency(count: number): void
  counts(): { queued: number; running: number }
  living(): string[]
  /** Settles when nothing is queued or running. */
  idle(): Promise<void>
  /** Starts nothing new, lets running runs end for `graceMs`, then lays them down. Queued ones stay queued in the store. */
  stop(graceMs: number): Promise<void>
}

type Active = { entry: QueueEntry; controller: AbortController; done: Promise<void> }

export function createQueue(deps: QueueDeps): Queue {
  let waiting: QueueEntry[] = []
  const active = new Map<string, Active>()
  let { concurrency } = deps
  let stopped = false
  let idleWaiters: (() => void)[] = []

  function add(entries: QueueEntry[]): void {
    for (const entry of entries) {
      clearWayFor(entry)
      waiting.push(entry)
    }
    startNext()
  }

  function clearWayFor(newer: QueueEntry): void {
    const { number, id, branch } = newer.run
    const by = `run #${number} (${id}), a newer push to ${branch}`
    for (const old of waiting) {
      // a run that an earlier life of the worker began, and that waits to go on
      const begun = old.run.state === 'running'
      if (supersedes(newer, { run: old.run, begun })) leave(old, begun ? 'canceled' : 'skipped', `superseded by ${by}`)
    }
    for (const { entry, controller } of active.values()) {
      if (supersedes(newer, { run: entry.run, begun: true }))
        controller.abort({ kind: 'superseded', by } satisfies StopReason)
    }
  }

  /** Ends a run that waits. */
  function leave(old: QueueEntry, state: RunEnd['state'], reason: string): void {
    waiting = waiting.filter((entry) => entry !== old)
    end(old.run, state, reason)
  }

  function end(run: Run, state: RunEnd['state'], reason: string): void {
    deps.end({ run: run.id, state, reason, at: deps.now().toISOString(), mails: [] })
    deps.log.info({ run: run.id, state, reason }, 'run ended')
  }

  function startNext(): void {
    while (!stopped && active.size < concurrency) {
      const running = [...active.values()].map(({ entry }) => entry)
      const next = nextRun(waiting, running)
      if (!next || deps.mayStart?.() === false) break
      waiting = waiting.filter((other) => other !== next)
      start(next)
    }
    if (waiting.length === 0 && active.size === 0) {
      for (const resolve of idleWaiters) resolve()
      idleWaiters = []
    }
  }

  function start(entry: QueueEntry): void {
    const { run } = entry
    const controller = new AbortController()
    const done = deps.execute(run, controller.signal).finally(() => {
      active.delete(run.id)
      startNext()
    })
    active.set(run.id, { entry, controller, done })
  }

  function cancel(runId: string, by: string): boolean {
    const queued = waiting.find(({ run }) => run.id === runId)
    if (queued) {
      leave(queued, 'canceled', `canceled by ${by}${queued.run.state === 'queued' ? ' while it was queued' : ''}`)
      startNext()
      return true
    }
    const running = active.get(runId)
    running?.controller.abort({ kind: 'canceled', by } satisfies StopReason)
    return running !== undefined
  }

  async function stop(graceMs: number): Promise<void> {
    stopped = true
    const all = Promise.all([...active.values()].map((entry) => entry.done))
    let timer: NodeJS.Timeout | undefined
    const grace = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, graceMs)
    })
    await Promise.race([all, grace])
    clearTimeout(timer)
    for (const { controller } of active.values()) controller.abort({ kind: 'worker-stops' } satisfies StopReason)
    await all
  }

  return {
    add,
    cancel,
    stop,
    setConcurrency(count) {
      concurrency = count
      startNext()
    },
    counts: () => ({ queued: waiting.length, running: active.size }),
    living: () => [...waiting.map(({ run }) => run.id), ...active.keys()],
    idle: () =>
      waiting.length === 0 && active.size === 0
        ? Promise.resolve()
        : new Promise((resolve) => {
            idleWaiters.push(resolve)
          }),
  }
}
