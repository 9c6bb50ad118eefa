import { errorFacts } from '../../job/letterbox-error.ts'
import type { Run } from '../../job/run.ts'
import { type QueueEntry, queueEntry } from '../queue/queue-entry.ts'
import type { Planned } from './read-planned.ts'

export type EntriesOfDeps = {
  planned(runId: string): Planned
  log: { warn(facts: object, message: string): void }
}

/** Makes queue entries of runs, when they are recorded as after a restart: each with the settings of the trigger that it
 *  was planned with. */
export function createEntriesOf({ planned, log }: EntriesOfDeps): (runs: readonly Run[]) => QueueEntry[] {
  const triggerOf = (run: Run) => {
    try {
      return planned(run.id).trigger
    } catch (error) {
      log.warn(
        { run: run.id, ...errorFacts(error) },
        'the trigger of a run cannot be read; it fails when its turn comes',
      )
      return null
    }
  }
  return (runs) => runs.map((run) => queueEntry(run, triggerOf(run)))
}
