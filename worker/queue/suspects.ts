import type { Run } from '../../job/run.ts'
import type { Queue } from './queue.ts'

/** Deaths of the worker that a run must have seen before it is suspected of causing them. */
const SUSPICIOUS_DEATHS = 2

export type Suspects = {
  /** Of the runs that an earlier life left open, those that it was killed under again and again are suspects: while
   *  they are open one run goes at a time, so that what kills the worker takes no neighbour with it. */
  expect(open: readonly { run: Run; starts: number }[]): void
  /** a run has ended */
  settled(runId: string): void
  /** What the config wants; taken up when no suspect is open. */
  setConcurrency(count: number): void
}

export type SuspectsDeps = {
  queue: Pick<Queue, 'setConcurrency'>
  concurrency: number
  log: { warn(facts: object, message: string): void }
}

export function createSuspects({ queue, log, ...config }: SuspectsDeps): Suspects {
  const open = new Set<string>()
  let { concurrency } = config
  const apply = () => queue.setConcurrency(open.size > 0 ? 1 : concurrency)

  return {
    expect(runs) {
      for (const { run, starts } of runs) if (starts >= SUSPICIOUS_DEATHS) open.add(run.id)
      if (open.size === 0) return
      log.warn({ runs: [...open] }, 'the worker was killed under these runs more than once: one run at a time for now')
      apply()
    },
    settled(runId) {
      if (open.delete(runId)) apply()
    },
    setConcurrency(count) {
      concurrency = count
      apply()
    },
  }
}
