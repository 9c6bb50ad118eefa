import type { RequestJob } from '../../job/job-file.ts'
import { LetterboxError } from '../../job/letterbox-error.ts'
import type { Run } from '../../job/run.ts'
import type { JobRecord } from '../../job/store-port.ts'
import type { Cli, CommonOptions } from '../cli.ts'
import { ago } from '../print/time.ts'
import { withStore } from '../store/open-store.ts'
import type { WorkerSeen } from '../store/worker-seen.ts'
import { handOver } from './hand-over.ts'

/** `--no-wait` and `--json` of the commands that ask for something. */
export type AskOptions = CommonOptions & { wait: boolean }

/** What the worker made of a request; `record` is null while the job file waits. */
export type Asked = { job: string; record: JobRecord | null; runs: Run[]; note: string | null }

/** The worker does not obey. */
class RequestRefused extends LetterboxError {
  readonly code = 'REQUEST_REFUSED'
  readonly fault = 'theirs'
}

/** Hands a request over and finds out what became of it. `note` says in words that, and why, it waits.
 *  @throws RequestRefused with the worker's reason */
export async function ask(cli: Cli, options: AskOptions, job: RequestJob): Promise<Asked> {
  const answer = await handOver(job, { ...options, now: cli.now })
  switch (answer.kind) {
    case 'refused':
      throw new RequestRefused(`The worker refused it: ${answer.message}.`, {
        hint: `The file and the reason lie in the folder "rejected", as ${job.id}.`,
      })
    case 'kept':
      return { job: job.id, record: null, runs: [], note: keptBecause(answer.worker, options.wait, cli) }
    case 'recorded': {
      const { record } = answer
      const runs = await withStore(options.data, (store) => record.runs.flatMap((id) => store.run(id) ?? []))
      return { job: job.id, record, runs, note: null }
    }
    default:
      return answer satisfies never
  }
}

function keptBecause(worker: WorkerSeen, wait: boolean, cli: Cli): string {
  switch (worker.kind) {
    case 'absent':
      return 'The worker is not running here; this is kept and starts when it runs.'
    case 'silent':
      return `The worker is not running (last seen ${ago(worker.state.seenAt, cli.now())}); this is kept and starts when it runs.`
    case 'unreadable':
      return `The state of the worker cannot be read (${worker.because}); this is kept.`
    case 'alive':
      return wait ? 'The worker lives but has not taken it within 10 seconds; this is kept.' : 'Handed over.'
    default:
      return worker satisfies never
  }
}
