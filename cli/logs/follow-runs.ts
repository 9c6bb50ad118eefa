import type { Run } from '../../job/run.ts'
import type { Cli, CommonOptions } from '../cli.ts'
import { showLog } from './show-log.ts'

/** Follows the logs of what a request has started, one run after the other. */
export async function followRuns(cli: Cli, { data, json = false }: CommonOptions, runs: Run[]): Promise<void> {
  for (const run of runs) await showLog(cli, { run, step: null, data, json, follow: true })
}
