import { errorFacts } from '../../job/letterbox-error.ts'
import type { Run } from '../../job/run.ts'
import type { RunLogLine } from '../../job/run-log-line.ts'
import { cut, oneLine } from './clean-text.ts'
import { closeSteps } from './close-steps.ts'
import { ComposedMail } from './composed-mail.ts'
import { logText } from './log-excerpt.ts'
import { filterHeaders, messageId, threadId } from './mail-headers.ts'
import { mailHtml } from './mail-html.ts'
import { mailOccasion, type TriggerMail } from './mail-occasion.ts'
import { type MailSender, parseSender } from './mail-sender.ts'
import { mailText } from './mail-text.ts'
import { failedStep, type MailFacts, type MailView, mailView } from './mail-view.ts'
import { chooseRecipients, type Recipient } from './recipients.ts'

export type ComposeFacts = MailFacts & {
  /** of the trigger; undefined where it has none */
  mail: TriggerMail | undefined
  /** the run's last log lines, oldest first: of one step, or (null) what the run itself said */
  tail(step: number | null, lines: number): RunLogLine[]
}

/** `notes`: one sentence for each reason why a mail, or one recipient, gets nothing. They belong into the run log. */
export type ComposedMails = { mails: ComposedMail[]; notes: string[] }

/** Writes the mails of a run that is about to end: its state and finishedAt are already those of the end. One mail for
 *  each recipient, so that one bad address never hides the others. Decides and writes, sends nothing, and never throws:
 *  a mail changes no run. */
export function composeMails(facts: ComposeFacts): ComposedMails {
  try {
    return compose({ ...facts, run: closeSteps(facts.run) })
  } catch (error) {
    return nothing(`it could not be composed: ${oneLine(errorFacts(error).message, 500)}`)
  }
}

function compose(facts: ComposeFacts): ComposedMails {
  if (facts.mail === undefined) return nothing('the trigger has no mail section')
  const settings = facts.config.mail
  if (settings === undefined) return nothing('the config has no mail section that says how to send it')
  const sender = parseSender(settings.from)
  if (sender === null) return nothing(`mail.from is no address: ${JSON.stringify(oneLine(settings.from, 100))}`)
  const occasion = mailOccasion(facts.run, facts.previous, facts.mail.on)
  if (occasion.kind === 'nothing-to-send') return nothing(occasion.reason)

  const { recipients, notes } = chooseRecipients(facts.mail.to, facts.event, settings.allow)
  const view = mailView(facts)
  const log = view.failure === null ? [] : output(facts.tail(failedStep(facts.run)?.index ?? null, LOG_LINES))
  return { mails: recipients.map((recipient) => mailTo(recipient, { view, log, sender, run: facts.run })), notes }
}

type Material = { view: MailView; log: RunLogLine[]; sender: MailSender; run: Run }

function mailTo(recipient: Recipient, { view, log, sender, run }: Material): ComposedMail {
  const host = sender.address.slice(sender.address.indexOf('@') + 1)
  const page = { view, log, why: whySentence(recipient, view), preview: preview(view, log) }
  const id = messageId(run, recipient.address, host)
  return ComposedMail.parse({
    id: id.slice(1, -1),
    run: run.id,
    from: sender,
    to: recipient.address,
    subject: subject(view),
    messageId: id,
    thread: threadId(run.repository, run.ref, host),
    date: run.finishedAt ?? run.queuedAt,
    headers: filterHeaders(run, host),
    text: mailText(page),
    html: mailHtml(page),
    attachment: {
      name: view.attachment,
      title: `Log of run #${run.number} of ${view.repository}, ${view.ref}`,
      steps: view.steps.map(({ name }) => name),
    },
  })
}

/** What the program said; only where it said nothing, what Letterbox says of it: that stands in the mail's head, too. */
function output(lines: RunLogLine[]): RunLogLine[] {
  const said = lines.filter(({ stream }) => stream !== 'letterbox')
  return said.length > 0 ? said : lines
}

/** What the store keeps of a mail. */
export function outboxEntry(mail: ComposedMail): { id: string; messageId: string; payload: string } {
  return { id: mail.id, messageId: mail.messageId, payload: JSON.stringify(mail) }
}

const LOG_LINES = 40
const MAX_SUBJECT_CHARS = 160

/** `[acme/shop] main: failed · run #12 · fix the thing`: what people scan for comes first. */
function subject({ repository, ref, verdict, run, title }: MailView): string {
  const fixed = `[${cut(repository, 60)}] ${cut(ref, 50)}: ${verdict.word} · run #${run.number}`
  return cut(title === null ? fixed : `${fixed} · ${title}`, MAX_SUBJECT_CHARS)
}

/** What an inbox shows beside the subject. */
function preview({ failure, title, verdict }: MailView, log: RunLogLine[]): string {
  if (failure === null) return title ?? verdict.sentence
  const lastLine = logText(log).findLast((line) => line.trim() !== '')
  return cut(failure.message ?? lastLine ?? failure.title, 140)
}

function whySentence({ because }: Recipient, { ref, repository }: MailView): string {
  return because === 'pushed'
    ? `You get this mail because you pushed to ${ref} of ${repository}.`
    : `You get this mail because Letterbox was told to mail this address about ${repository}.`
}

function nothing(reason: string): ComposedMails {
  return { mails: [], notes: [`no mail: ${reason}`] }
}
