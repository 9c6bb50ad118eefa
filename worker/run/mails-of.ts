import type { RunEnd, StoreWriter } from '../../job/store-port.ts'
import { composeMails, outboxEntry } from '../report/compose-mail.ts'
import type { ExecuteRunDeps } from './execute-run.ts'

/** Composes the mails of a run that is about to end; why somebody gets none stands in the run log. */
export function createMailsOf(store: Pick<StoreWriter, 'previousRun'>): ExecuteRunDeps['mailsOf'] {
  return ({ run, plan, config, trigger, log }): RunEnd['mails'] => {
    const { mails, notes } = composeMails({
      run,
      event: plan.event,
      mail: trigger.mail,
      config,
      previous: store.previousRun(run.id),
      tail: (step, lines) => log.tail(step, lines),
      mask: (text) => log.masked(text),
    })
    if (trigger.mail) for (const note of notes) log.forStep(null).say(note)
    return mails.map(outboxEntry)
  }
}
