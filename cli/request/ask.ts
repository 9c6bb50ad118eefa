import type { RequestJob } from '../../job/job-file.ts'
import type { Run } from '../../job/run.ts'
import type { JobRecord } from '../../job/store-port.ts'
import type { Cli, CommonOptions, ExitCode } from '../cli.ts'
import { printJson } from '../print/json.ts'
import { plain } from '../print/plain.ts'
import { ago } from '../print/time.ts'
import { withStore } from '../store/open-store.ts'
import type { WorkerSeen } from '../store/worker-seen.ts'
import { handOver } from './hand-over.ts'

/** `--no-wait` and `--json` of the commands that ask for something. */
export type AskOptions = CommonOptions & { wait: boolean }

export type Asked = { exitCode: ExitCode; runs: Run[] }

/** Hands a request over and says what became of it: the runs it started, why nothing, or that it waits. */
export async function ask(cli: Cli, options: AskOptions, job: RequestJob): Promise<Asked> {
  const answer = await handOver(job, { ...options, now: cli.now })
  if (answer.kind === 'kept') {
    if (options.json) printJson(cli, { job: job.id, recorded: false, runs: [], because: null })
    else cli.print(keptText(job.id, answer.worker, options.wait, cli))
    return { exitCode: 0, runs: [] }
  }
  const { record } = answer
  const runs = await withStore(options.data, (store) => record.runs.flatMap((id) => store.run(id) ?? []))
  if (options.json) printJson(cli, { job: job.id, recorded: true, runs, because: record.because })
  else cli.print(recordedText(record, runs, cli))
  return { exitCode: runs.length === 0 && record.because !== null ? 1 : 0, runs }
}

function keptText(job: string, worker: WorkerSeen, wait: boolean, { colors, now }: Cli): string {
  const how = `hint: letterbox explain ${job} tells what became of it.\n`
  if (worker.kind === 'absent') return `${colors.yellow('Kept.')} The worker has not run yet; this will start when it does.\n${how}`
  if (worker.kind === 'silent') {
    const since = ago(worker.state.seenAt, now())
    return `${colors.yellow('Kept.')} The worker is not running (last seen ${since}); this will start when it runs.\n${how}`
  }
  if (worker.kind === 'unreadable') return `${colors.yellow('Kept.')} The worker's state cannot be read: ${worker.because}.\n${how}`
  if (!wait) return `Handed over as job ${job}.\n${how}`
  return `${colors.yellow('Kept.')} The worker lives but has not taken it within 10 seconds.\n${how}`
}

function recordedText({ because }: JobRecord, runs: Run[], { colors }: Cli): string {
  const lines = runs.map(
    ({ repository, number, trigger, id }) => `${colors.green('Run')} ${plain(`${repository}#${number}`)}  ${plain(trigger)}  ${colors.dim(id)}`,
  )
  if (because !== null) lines.push(`${colors.yellow(runs.length === 0 ? 'Nothing starts:' : 'Note:')} ${plain(because)}.`)
  return lines.map((line) => `${line}\n`).join('')
}
