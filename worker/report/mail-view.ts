import type { Config } from '../../config/schema.ts'
import type { Event, Person } from '../../job/event.ts'
import type { Run, RunStep } from '../../job/run.ts'
import { cleanText, cut, oneLine } from './clean-text.ts'
import { commitLink } from './commit-link.ts'
import { formatDuration } from './format-duration.ts'
import { type Tone, type Verdict, verdictOf } from './verdict.ts'

/** What a mail says, as clean plain text: masked, without controls, cut. Both parts are made of it and escape it. */
export type MailView = {
  verdict: Verdict & { icon: string; sentence: string }
  repository: string
  ref: string
  run: { id: string; number: number; trigger: string; attempt: number; link: string | null; duration: string | null }
  /** why a canceled run ended so */
  reason: string | null
  commit: { short: string; link: string | null } | null
  title: string | null
  message: string[]
  author: string | null
  pusher: string | null
  failure: FailureView | null
  steps: StepView[]
  /** steps beyond MAX_STEPS */
  moreSteps: number
  outputs: OutputView[]
  retry: string | null
  attachment: string
}

export type FailureView = { title: string; code: string | null; message: string | null; hint: string | null }

export type StepView = {
  icon: string
  tone: Tone
  name: string
  action: string | null
  duration: string | null
  note: string | null
}

export type OutputView = { label: string; value: string; copy: boolean }

export type MailFacts = {
  run: Run
  event: Event
  config: Config
  previous: Run | null
  mask(text: string): string
}

const MAX_STEPS = 40
const MAX_MESSAGE_LINES = 8

export function mailView(facts: MailFacts): MailView {
  const { run, event, config, previous } = facts
  const show = (text: string | null | undefined, max: number) => (text ? oneLine(facts.mask(text), max) || null : null)
  const message = cleanText(facts.mask(event.message ?? run.message ?? '')).trim()
  const [title = '', ...rest] = message.split('\n')
  const verdict = verdictOf(run, previous)
  const ref = refName(run, show)
  const author = personName(event.author, show) ?? show(run.author, 80)
  const pusher = personName(event.sender, show)
  return {
    verdict: { ...verdict, icon: ICON[verdict.tone], sentence: `${ref} ${SENTENCE.get(verdict.word) ?? verdict.word}` },
    repository: show(event.repository.path, 100) ?? 'repository',
    ref,
    run: {
      id: run.id,
      number: run.number,
      trigger: show(run.trigger, 100) ?? '',
      attempt: run.attempt,
      link: runLink(config, run),
      duration: formatDuration(run.startedAt, run.finishedAt),
    },
    reason: run.state === 'canceled' ? show(run.reason, 300) : null,
    commit: commitOf(facts),
    title: oneLine(title, 200) || null,
    message: messageLines(rest),
    author,
    pusher: pusher === author ? null : pusher,
    failure: run.state === 'failed' ? failureOf(run, show) : null,
    steps: run.steps.slice(0, MAX_STEPS).map((step) => stepOf(step, run, show)),
    moreSteps: Math.max(0, run.steps.length - MAX_STEPS),
    outputs: run.state === 'succeeded' ? outputsOf(run.steps, show) : [],
    retry: run.state === 'succeeded' ? null : `letterbox retry ${run.id}`,
    attachment: `run-${run.number}.log`,
  }
}

/** The step whose failure ended the run: the last failed one, since earlier failed steps were allowed to fail. */
export function failedStep(run: Run): RunStep | null {
  return run.steps.findLast((step) => step.state === 'failed') ?? null
}

type Show = (text: string | null | undefined, max: number) => string | null

const ICON: { [T in Tone]: string } = { good: '✓', bad: '✕', neutral: '–' }

const SENTENCE = new Map([
  ['fixed', 'is fixed'],
  ['still failing', 'is still failing'],
  ['canceled', 'was canceled'],
])

function refName(run: Run, show: Show): string {
  const name = show(run.branch ?? run.tag ?? run.ref?.replace(/^refs\/[^/]+\//, ''), 80) ?? 'HEAD'
  return run.event === 'branch_deleted' || run.event === 'tag_deleted' ? `${name} (deleted)` : name
}

function personName(person: Person | null, show: Show): string | null {
  return show(person?.name, 80) ?? show(person?.login, 80) ?? show(person?.email, 80)
}

function runLink(config: Config, run: Run): string | null {
  if (config.server.url === undefined) return null
  return `${config.server.url.replace(/\/+$/, '')}/runs/${encodeURIComponent(run.id)}`
}

function commitOf({ run, event, config }: MailFacts): MailView['commit'] {
  const commit = run.commit ?? event.commit
  if (commit === null) return null
  return { short: commit.slice(0, 12), link: commitLink(config, event.repository, commit) }
}

function messageLines(lines: string[]): string[] {
  const body = lines.join('\n').trim()
  if (body === '') return []
  const all = body.split('\n').map((line) => cut(line.trimEnd(), 300))
  return all.length > MAX_MESSAGE_LINES ? [...all.slice(0, MAX_MESSAGE_LINES), '…'] : all
}

function failureOf(run: Run, show: Show): FailureView {
  const step = failedStep(run)
  if (step === null) return { title: show(run.reason, 300) ?? 'The run failed', code: null, message: null, hint: null }
  const after = formatDuration(step.startedAt, step.finishedAt)
  const exit = step.exitCode === null || step.exitCode === 0 ? '' : ` with exit code ${step.exitCode}`
  return {
    title: `${show(step.name, 100) ?? step.action} failed${after === null ? '' : ` after ${after}`}${exit}`,
    code: show(step.error?.code, 60),
    message: show(step.error?.message, 1000),
    hint: show(step.error?.hint, 1000),
  }
}

const STEP_TONE: { [S in RunStep['state']]: Tone } = {
  queued: 'neutral',
  running: 'neutral',
  succeeded: 'good',
  failed: 'bad',
  canceled: 'neutral',
  skipped: 'neutral',
}

function stepOf(step: RunStep, run: Run, show: Show): StepView {
  const tone = STEP_TONE[step.state]
  const name = show(step.name, 100) ?? step.action
  return {
    icon: ICON[tone],
    tone,
    name,
    action: name === step.action ? null : step.action,
    duration: formatDuration(step.startedAt, step.finishedAt),
    note: stepNote(step, run),
  }
}

function stepNote(step: RunStep, run: Run): string | null {
  if (step.state === 'succeeded') return null
  if (step.state !== 'failed') return step.state
  if (run.state === 'succeeded' || step !== failedStep(run)) return 'failed, but may fail'
  return step.exitCode === null || step.exitCode === 0 ? 'failed' : `exit code ${step.exitCode}`
}

const MAX_TAGS = 12
/** Only what needs no quoting: people paste this into a shell. */
const PASTEABLE = /^[A-Za-z0-9][A-Za-z0-9._:/@-]*$/

function outputsOf(steps: RunStep[], show: Show): OutputView[] {
  const pushed = steps.some((step) => step.outputs.tags.length > 0)
  return steps.flatMap(({ action, outputs: { image, tags, digest, versionLabel, address } }) => {
    const list: OutputView[] = []
    const add = (label: string, value: string | null, copy = false) => {
      if (value !== null) list.push({ label, value, copy })
    }
    const [first] = tags
    if (first !== undefined && PASTEABLE.test(first)) add('Pull it', `docker pull ${first}`, true)
    for (const tag of tags.slice(0, MAX_TAGS)) add('Tag', show(tag, 300))
    if (tags.length > MAX_TAGS) add('Tag', `… and ${tags.length - MAX_TAGS} more`)
    add('Digest', show(digest, 100))
    if (!pushed) add(action === 'build' ? 'Built image' : 'Image', show(image, 300))
    add('Version', show(versionLabel, 200))
    add('Address', show(address, 300))
    return list
  })
}
