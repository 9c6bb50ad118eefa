import type { Run } from '../../job/run.ts'
import type { RunLogLine } from '../../job/run-log-line.ts'
import type { Cli } from '../cli.ts'
import { logLineText, runFooter, stepHeader } from './log-text.ts'

export type LogView = {
  lines: AsyncIterable<RunLogLine>
  /** the run as it is now; asked again for each header and at the end */
  run(): Run
  /** index; null shows all */
  step: number | null
  json: boolean
}

/** Prints a run log, with a header above each step and the run's end below; with `json` the NDJSON lines alone. */
export async function printLog(cli: Cli, { lines, run, step, json }: LogView): Promise<void> {
  let current: number | null = null
  let lastSaid = ''
  for await (const line of lines) {
    if (step !== null && line.step !== step) continue
    if (json) {
      cli.print(`${JSON.stringify(line)}\n`)
      continue
    }
    if (line.step !== null && line.step !== current) cli.print(stepHeader(run(), line.step, cli.colors))
    current = line.step
    lastSaid = line.text
    cli.print(logLineText(line, cli.colors))
  }
  if (!json) cli.print(runFooter(run(), lastSaid, cli.colors))
}
