import { failpoint } from '../../job/failpoint.ts'
import { errorFacts } from '../../job/letterbox-error.ts'
import type { OutboxMail } from '../../job/store-port.ts'
import { afterFailure } from './after-failure.ts'
import { backoffMs } from './backoff.ts'
import { ComposedMail } from './composed-mail.ts'
import { logAttachment } from './log-attachment.ts'
import type { MailTransport, OutboxDeps } from './outbox.ts'
import { MailUnreadable } from './smtp-errors.ts'

const GIVE_UP_AFTER_MS = 3 * 24 * 3_600_000

/** Mails that the server has taken and the store could not be told of: sent again they would come twice. */
export type Unrecorded = Map<string, string>

/** `enough`: begin no further mail. `now`: call off the one on its way, too. */
export type Ending = { enough: AbortSignal; now: AbortSignal }

/** Sends the mails that are due, one after the other, until none is left that this call has not tried.
 *  Throws only what the store throws. */
export async function sendDue(deps: OutboxDeps, unrecorded: Unrecorded, ending: Ending): Promise<void> {
  const tried = new Set<string>()
  const round: Round = { deps, ending, transport: null, holding: null }
  try {
    for (;;) {
      const due = deps.store.outboxDue(deps.now().toISOString()).filter(({ id }) => !tried.has(id))
      if (due.length === 0) return
      for (const mail of due) {
        if (ending.enough.aborted || ending.now.aborted) return
        tried.add(mail.id)
        await sendOne(mail, round, unrecorded)
      }
    }
  } finally {
    round.transport?.close()
  }
}

/** `holding`: the error for which all further mails of this round wait untried. */
type Round = { deps: OutboxDeps; ending: Ending; transport: MailTransport | null; holding: unknown }

async function sendOne(mail: OutboxMail, round: Round, unrecorded: Unrecorded): Promise<void> {
  const { deps, ending } = round
  if (!unrecorded.has(mail.id)) {
    const failure = await trySending(mail, round)
    if (failure !== null) {
      // called off by stop(): the mail is still due, and the next start sends it
      if (!ending.now.aborted) recordFailure(mail, failure.error, round)
      return
    }
    failpoint('mail-sent')
    unrecorded.set(mail.id, deps.now().toISOString())
  }
  deps.store.mailSent(mail.id, unrecorded.get(mail.id) ?? deps.now().toISOString())
  unrecorded.delete(mail.id)
  failpoint('mail-recorded')
  deps.log.info({ run: mail.run, mail: mail.id, tries: mail.attempts + 1 }, 'mail sent')
}

async function trySending(entry: OutboxMail, round: Round): Promise<{ error: unknown } | null> {
  try {
    const mail = readMail(entry)
    if (round.holding !== null) return { error: round.holding }
    round.transport ??= round.deps.open()
    failpoint('mail-sending')
    await round.transport.send(mail, await attachedLog(mail, round.deps), round.ending.now)
    return null
  } catch (error) {
    return { error }
  }
}

function readMail({ id, payload }: OutboxMail): ComposedMail {
  try {
    return ComposedMail.parse(JSON.parse(payload))
  } catch (error) {
    throw new MailUnreadable(id, error instanceof SyntaxError ? 'it is no JSON' : 'it is no mail of this version')
  }
}

/** A log that is gone keeps no verdict back: the mail says so in its place. */
async function attachedLog(mail: ComposedMail, { runLog, log }: OutboxDeps): Promise<string> {
  try {
    return await logAttachment(mail.attachment, runLog(mail.run))
  } catch (error) {
    const { code, message } = errorFacts(error)
    log.warn({ run: mail.run, mail: mail.id, code, error: message }, 'the run log cannot be attached')
    return `${mail.attachment.title}: it could not be read any more (${code}).\n`
  }
}

function recordFailure(mail: OutboxMail, error: unknown, round: Round): void {
  const { store, now, log, random = Math.random } = round.deps
  const { code, message, hint } = errorFacts(error)
  const facts = { run: mail.run, mail: mail.id, tries: mail.attempts + 1, code, hint }
  const after = afterFailure(error)
  if (after === 'give-up' || ageMs(mail, now()) > GIVE_UP_AFTER_MS) {
    store.mailGivenUp(mail.id, `${code}: ${message}`)
    log.error(facts, `mail given up: ${message}`)
    return
  }
  const nextAt = new Date(now().getTime() + backoffMs(mail.attempts + 1, random())).toISOString()
  store.mailDelayed(mail.id, nextAt, `${code}: ${message}`)
  // one line for the trouble, not one for each mail that waits for its end
  if (round.holding === null) log.warn({ ...facts, nextAt }, `mail delayed: ${message}`)
  if (after === 'hold') round.holding = error
}

function ageMs(entry: OutboxMail, now: Date): number {
  try {
    return now.getTime() - Date.parse(readMail(entry).date)
  } catch {
    return Number.POSITIVE_INFINITY
  }
}
