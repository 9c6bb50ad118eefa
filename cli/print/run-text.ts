import type { Run, RunStep } from '../../job/run.ts'
import type { Cli } from '../cli.ts'
import { plain } from './plain.ts'
import { stateColor } from './state.ts'
import { at, lasted } from './time.ts'

/** A run as people read it: what, why, from where, its steps, and what one may do next. */
export function runText(run: Run, cli: Cli): string {
  const { colors } = cli
  const title = `${colors.bold(plain(`${run.repository}#${run.number}`))}  ${stateColor(colors, run.state)(run.state)}`
  const facts = factsOf(run, cli).map(([name, value]) => `  ${colors.dim(name.padEnd(9))}${value}`)
  const steps = run.steps.flatMap((step) => stepLines(step, cli))
  return `${[title, ...facts, '', ...steps, '', colors.dim(nextOf(run))].join('\n')}\n`
}

function factsOf(run: Run, cli: Cli): [string, string][] {
  const now = cli.now()
  const facts: [string, string | null][] = [
    ['because', run.reason],
    ['trigger', `${run.trigger} (on ${run.event})`],
    [run.tag === null ? 'branch' : 'tag', run.tag ?? run.branch],
    ['commit', run.commit],
    ['message', run.message === null ? null : firstLine(run.message)],
    ['author', run.author],
    ['queued', at(run.queuedAt, now)],
    ['started', run.startedAt === null ? null : at(run.startedAt, now)],
    ['finished', run.finishedAt === null ? null : `${at(run.finishedAt, now)}${tookOf(run)}`],
    ['attempt', run.attempt > 1 ? String(run.attempt) : null],
    ['id', run.id],
    ['job', run.job],
  ]
  return facts.flatMap(([name, value]) => (value === null ? [] : [[name, plain(value)] satisfies [string, string]]))
}

function tookOf({ startedAt, finishedAt }: Run): string {
  return startedAt === null || finishedAt === null ? '' : `, took ${lasted(startedAt, finishedAt)}`
}

function stepLines(step: RunStep, cli: Cli): string[] {
  const { colors } = cli
  const label = step.name === step.action ? step.action : `${step.action}: ${plain(step.name)}`
  const state = stateColor(colors, step.state)(step.state.padEnd(9))
  const time = step.startedAt === null ? '' : lasted(step.startedAt, step.finishedAt ?? cli.now())
  const took = step.takenFrom === null ? time : `taken from run ${step.takenFrom}`
  const line = `  ${step.index + 1}. ${label.padEnd(20)}  ${state}  ${took}${exitOf(step)}`
  return [
    line.trimEnd(),
    ...errorLines(step, cli),
    ...outputLines(step).map((text) => `     ${colors.dim(plain(text))}`),
  ]
}

function exitOf({ exitCode }: RunStep): string {
  return exitCode === null || exitCode === 0 ? '' : `  exit code ${exitCode}`
}

function errorLines({ error }: RunStep, cli: Cli): string[] {
  if (error === null) return []
  const lines = error.message.split('\n').map((line) => `     ${cli.colors.red(plain(line))}`)
  if (error.hint !== null) lines.push(`     ${cli.colors.dim('hint:')} ${plain(error.hint)}`)
  return lines
}

function outputLines({ outputs }: RunStep): string[] {
  const { image, imageId, tags, digest, versionLabel, address, health } = outputs
  return [
    image === null ? '' : `image ${image}${imageId === null ? '' : ` ${imageId.slice(0, 19)}`}`,
    ...tags.map((tag) => `pushed ${tag}`),
    digest === null ? '' : `digest ${digest}`,
    versionLabel === null ? '' : `version ${versionLabel}`,
    address === null ? '' : `at ${address}`,
    health === null ? '' : `health ${health}`,
  ].filter((line) => line !== '')
}

function firstLine(text: string): string {
  return text.split(/[\r\n]/, 1)[0] ?? ''
}

function nextOf(run: Run): string {
  const name = `'${run.repository}#${run.number}'`
  if (run.state === 'queued' || run.state === 'running') return `letterbox logs -f ${name}   letterbox cancel ${name}`
  return `letterbox logs ${name}   letterbox retry ${name}`
}
