import { join } from 'node:path'
import { dataFolder } from '../../job/data-folder.ts'
import type { Run } from '../../job/run.ts'
import { followRunLog, readRunLog } from '../../job/run-log.ts'
import type { Cli } from '../cli.ts'
import { plain } from '../print/plain.ts'
import { withStore } from '../store/open-store.ts'
import { printLog } from './print-log.ts'

export type ShowLogOptions = {
  run: Run
  /** index of the only step to show; null shows all */
  step: number | null
  data: string
  json: boolean
  follow: boolean
}

/** Prints the log of a run as far as it goes or, to follow it, until the run has ended. Gives back the run as it is then. */
export async function showLog(cli: Cli, { run, step, data, json, follow }: ShowLogOptions): Promise<Run> {
  const file = join(dataFolder(data).logs, `${run.id}.ndjson`)
  if (follow && run.state === 'queued' && !json) {
    cli.complain(`${plain(`${run.repository}#${run.number}`)} is queued; its log follows when it starts.\n`)
  }
  return withStore(data, async (store) => {
    const now = () => store.run(run.id) ?? run
    const lines = follow ? followRunLog(file, { signal: NEVER, isOpen: () => isOpen(now()) }) : readRunLog(file)
    await printLog(cli, { lines, run: now, step, json })
    return now()
  })
}

/** Who has seen enough ends the command (Ctrl-C). */
const NEVER = new AbortController().signal

const isOpen = ({ state }: Run): boolean => state === 'queued' || state === 'running'
