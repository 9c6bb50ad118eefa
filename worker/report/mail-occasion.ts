import type { Trigger } from '../../config/schema.ts'
import type { Run } from '../../job/run.ts'

export type TriggerMail = NonNullable<Trigger['mail']>

/** Whether the end of a run is worth a mail. Skipped runs never are: nothing happened that anyone waits for.
 *  `change` compares with the previous finished run of the same repository, ref and trigger; of a first run only a
 *  failure is news. */
export function mailOccasion(
  run: Run,
  previous: Run | null,
  on: TriggerMail['on'],
): { kind: 'mail' } | { kind: 'nothing-to-send'; reason: string } {
  if (run.state === 'skipped') return quiet('the run was skipped')
  if (run.state === 'canceled' && on !== 'always') return quiet(`the run was canceled, and mail is on ${on}`)
  if (on === 'failure' && run.state !== 'failed') return quiet(`the run ${run.state}, and mail is on failure`)
  if (on === 'change' && !changed(run, previous)) return quiet(`${unchanged(run, previous)}, and mail is on change`)
  return { kind: 'mail' }
}

function changed(run: Run, previous: Run | null): boolean {
  return previous === null ? run.state === 'failed' : run.state !== previous.state
}

function unchanged(run: Run, previous: Run | null): string {
  return previous === null ? `the first run ${run.state}` : `the run ${run.state} as run #${previous.number} did before`
}

function quiet(reason: string): { kind: 'nothing-to-send'; reason: string } {
  return { kind: 'nothing-to-send', reason }
}
