import type { RunLogLine } from '../../job/run-log-line.ts'
import { logText } from './log-excerpt.ts'
import type { MailPage } from './mail-html.ts'
import type { FailureView, MailView, OutputView, StepView } from './mail-view.ts'

/** The text part: the same facts in the same order, good to read on its own. */
export function mailText({ view, log, why }: MailPage): string {
  const blocks = [
    headline(view),
    change(view),
    view.failure === null ? [] : failure(view.failure, log),
    outputs(view.outputs),
    steps(view),
    next(view),
    ['-- ', why, `The full output is attached as ${view.attachment}.`],
  ]
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`
}

function headline({ verdict, repository, run, reason }: MailView): string[] {
  const facts = [repository, `run #${run.number}`, run.attempt > 1 ? `attempt ${run.attempt}` : null, run.duration]
  return [
    `${verdict.icon} ${verdict.sentence}`,
    `  ${facts.filter((fact) => fact !== null).join(' · ')}`,
    ...(reason === null ? [] : [`  ${reason}`]),
  ]
}

function change({ title, message, commit, author, pusher }: MailView): string[] {
  const people = [author === null ? null : `by ${author}`, pusher === null ? null : `pushed by ${pusher}`]
  const made = [commit?.short ?? null, people.filter((part) => part !== null).join(', ') || null]
  const lines = [title, ...message, made.filter((part) => part !== null).join(' ') || null, commit?.link ?? null]
  return lines.filter((line) => line !== null).map((line) => `  ${line}`.trimEnd())
}

function failure({ title, code, message, hint }: FailureView, log: RunLogLine[]): string[] {
  const error = [code, message].filter((part) => part !== null).join(': ')
  return [
    title,
    ...(error === '' ? [] : [`  ${error}`]),
    ...(hint === null ? [] : [`  What to do: ${hint}`]),
    ...(log.length === 0 ? [] : ['', ...logText(log).map((line) => `  | ${line}`.trimEnd())]),
  ]
}

function outputs(list: OutputView[]): string[] {
  const width = Math.max(...list.map(({ label }) => label.length))
  return list.map(({ label, value }) => `  ${label.padEnd(width)}  ${value}`)
}

function steps({ steps: list, moreSteps }: MailView): string[] {
  if (list.length === 0) return []
  const width = Math.max(...list.map(({ name }) => name.length))
  const line = ({ icon, name, duration, note }: StepView) =>
    `  ${icon} ${name.padEnd(width)}  ${[duration, note].filter((part) => part !== null).join('  ')}`.trimEnd()
  return ['Steps', ...list.map(line), ...(moreSteps > 0 ? [`  … and ${moreSteps} more`] : [])]
}

function next({ run, retry }: MailView): string[] {
  const lines = [
    run.link === null ? null : `Open the run:  ${run.link}`,
    retry === null ? null : `Run it again:  ${retry}`,
  ]
  return lines.filter((line) => line !== null)
}
