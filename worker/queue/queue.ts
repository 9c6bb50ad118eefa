import type { Run } from '../../job/run.ts'
import type { RunEnd } from '../../job/store-port.ts'
import { nextRun } from './next-run.ts'
import type { StopReason } from './stop-reason.ts'
import { superseded } from './superseded.ts'

export type QueueDeps = {
  /** runs at once */
  concurrency: number
  /** Carries one run out; settles when it has ended or, after `worker-stops`, when it was laid down. Never rejects. */
  execute(run: Run, signal: AbortSignal): Promise<void>
  /** Ends a run that never started. */
  end(end: RunEnd): void
  now(): Date
  log: { info(facts: object, message: string): void }
}

export type Queue = {
  /** Adds runs in the order given and starts what can start. Older queued pushes that they supersede are skipped. */
  add(runs: Run[]): void
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

type Active = { run: Run; controller: AbortController; done: Promise<void> }

export function createQueue(deps: QueueDeps): Queue {
  let waiting: Run[] = []
  const active = new Map<string, Active>()
  let { concurrency } = deps
  let stopped = false
  let idleWaiters: (() => void)[] = []

  function add(runs: Run[]): void {
    for (const run of runs) {
      for (const old of superseded(waiting, run)) skip(old, run)
      waiting.push(run)
    }
    startNext()
  }

  function skip(old: Run, newer: Run): void {
    waiting = waiting.filter((run) => run !== old)
    end(old, 'skipped', `superseded by run #${newer.number} (${newer.id}), a newer push to ${newer.branch}`)
  }

  function end(run: Run, state: RunEnd['state'], reason: string): void {
    deps.end({ run: run.id, state, reason, at: deps.now().toISOString(), mails: [] })
    deps.log.info({ run: run.id, state, reason }, 'run ended')
  }

  function startNext(): void {
    while (!stopped && active.size < concurrency) {
      const run = nextRun(
        waiting,
        [...active.values()].map((entry) => entry.run),
      )
      if (!run) break
      waiting = waiting.filter((other) => other !== run)
      start(run)
    }
    if (waiting.length === 0 && active.size === 0) {
      for (const resolve of idleWaiters) resolve()
      idleWaiters = []
    }
  }

  function start(run: Run): void {
    const controller = new AbortController()
    const done = deps.execute(run, controller.signal).finally(() => {
      active.delete(run.id)
      startNext()
    })
    active.set(run.id, { run, controller, done })
  }

  function cancel(runId: string, by: string): boolean {
    const queued = waiting.find((run) => run.id === runId)
    if (queued) {
      waiting = waiting.filter((run) => run !== queued)
      end(queued, 'canceled', `canceled by ${by} while it was queued`)
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
    living: () => [...waiting.map((run) => run.id), ...active.keys()],
    idle: () =>
      waiting.length === 0 && active.size === 0
        ? Promise.resolve()
        : new Promise((resolve) => {
            idleWaiters.push(resolve)
          }),
  }
}
