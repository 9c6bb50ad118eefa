import type { Run } from '../../job/run.ts'
import type { Cli, CommonOptions } from '../cli.ts'
import { showLog } from './show-log.ts'

/** Follows the logs of what a request has started, one run after the other. Gives back whether all succeeded. */
export async function followRuns(cli: Cli, { data }: CommonOptions, runs: Run[]): Promise<boolean> {
  let allSucceeded = true
  for (const run of runs) {
    const ended = await showLog(cli, { run, step: null, data, json: false, follow: true })
    allSucceeded &&= ended.state === 'succeeded'
  }
  return allSucceeded
}
