import type { Trigger } from '../../config/schema.ts'
import type { Run } from '../../job/run.ts'

/** A run as the queue sees it. Runs of one lane go strictly one after the other, in order of arrival. */
export type QueueEntry = { run: Run; lane: string; supersede: Trigger['supersede'] }

/** The lane is the trigger's `concurrency` group, whatever the repository, or else the repository and ref. `trigger` as
 *  the run's own config has it; null where that is gone (then the run fails as soon as it starts). */
export function queueEntry(run: Run, trigger: Pick<Trigger, 'concurrency' | 'supersede'> | null): QueueEntry {
  const group = trigger?.concurrency
  return {
    run,
    lane: group === undefined ? `ref\0${run.repository}\0${run.ref ?? ''}` : `group\0${group}`,
    supersede: trigger?.supersede ?? 'queued',
  }
}
