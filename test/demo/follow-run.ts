import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Run } from '../../job/run.ts'
import { RunLogLine } from '../../job/run-log-line.ts'
import { LETTERBOX } from '../support/program.ts'
import type { Stage } from './stage.ts'
import type { Terminal } from './terminal.ts'

/** Shows a run while it goes on, as `letterbox logs -f` tells it, and returns it when it has ended. */
export async function followRun(stage: Stage, show: Terminal, job: string): Promise<Run> {
  const { letterbox } = stage
  const begun = await letterbox.run('the run of the delivery', (run) => run.job === job)
  let current: number | null = null
  const enter = async (step: number | null) => {
    if (step === current) return
    if (current !== null) showVerdict(show, await letterbox.run('the run', ({ id }) => id === begun.id), current)
    current = step
  }
  const child = spawn(LETTERBOX, ['logs', begun.id, '-f', '--json', ...letterbox.common], {
    env: letterbox.env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  for await (const text of createInterface({ input: child.stdout })) {
    const line = RunLogLine.parse(JSON.parse(text))
    await enter(line.step)
    const name = line.step === null ? 'run' : (begun.steps[line.step]?.name ?? '')
    if (line.stream !== 'letterbox') show.output(name, line.text, line.stream === 'stderr')
    else if (!isFrame(line.text, name)) show.note(name, line.text)
  }
  await enter(null)
  return await letterbox.run('the end of the run', (run) => run.id === begun.id && run.finishedAt !== null)
}

/** Where a step begins and how it ends is shown by us. */
function isFrame(text: string, step: string): boolean {
  return text === step || /^(?:run )?(?:succeeded|failed)\b/.test(text)
}

function showVerdict(show: Terminal, run: Run, index: number): void {
  const step = run.steps[index]
  if (step === undefined) return
  const time = secondsBetween(step.startedAt, step.finishedAt)
  if (step.state === 'succeeded') show.good(`${step.name} succeeded${time}`)
  else show.bad(`${step.name} ${step.state}${step.exitCode === null ? '' : `, exit code ${step.exitCode}`}${time}`)
}

export function secondsBetween(from: string | null, to: string | null): string {
  if (from === null || to === null) return ''
  return ` in ${((Date.parse(to) - Date.parse(from)) / 1000).toFixed(1)} s`
}
