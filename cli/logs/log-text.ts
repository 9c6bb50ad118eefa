import type { Run } from '../../job/run.ts'
import type { RunLogLine } from '../../job/run-log-line.ts'
import type { Colors } from '../cli.ts'
import { plain, plainLogText } from '../print/plain.ts'
import { stateColor } from '../print/state.ts'
import { lasted, timeOfDay } from '../print/time.ts'

/** One line of a run log as people read it: its time, and the text with nothing in it that a terminal would obey. */
export function logLineText({ time, stream, text }: RunLogLine, colors: Colors): string {
  const shown = plainLogText(text, colors.isColorSupported)
  const painted = stream === 'letterbox' ? colors.cyan(`» ${shown}`) : shown
  return `${colors.dim(timeOfDay(time))} ${stream === 'stderr' ? colors.yellow('!') : ' '} ${painted}\n`
}

/** The line that stands above what a step said; its end is told when it is known. */
export function stepHeader(run: Run, index: number, colors: Colors): string {
  const step = run.steps[index]
  if (step === undefined) return ''
  const name = step.name === step.action ? step.action : `${step.action}: ${step.name}`
  const title = colors.bold(`── ${index + 1}. ${plain(name)}`)
  if (step.finishedAt === null || step.startedAt === null) return `${title}\n`
  const exit = step.exitCode === null || step.exitCode === 0 ? '' : `, exit code ${step.exitCode}`
  const end = stateColor(colors, step.state)(`${step.state}${exit}`)
  return `${title}  ${end}  ${colors.dim(lasted(step.startedAt, step.finishedAt))}\n`
}

/** The last line: how the run ended, or that it has not. The reason is left out where the log has just said it. */
export function runFooter(run: Run, lastSaid: string, colors: Colors): string {
  const name = plain(`${run.repository}#${run.number}`)
  const state = stateColor(colors, run.state)(run.state)
  const because = run.reason === null || lastSaid.includes(run.reason) ? '' : `: ${plain(run.reason)}`
  const time = run.startedAt === null || run.finishedAt === null ? '' : `  ${lasted(run.startedAt, run.finishedAt)}`
  return `${colors.bold('──')} ${name} ${state}${because}${colors.dim(time)}\n`
}
