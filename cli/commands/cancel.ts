import { setTimeout } from 'node:timers/promises'
import type { Command } from 'commander'
import { LetterboxError } from '../../job/letterbox-error.ts'
import type { Run } from '../../job/run.ts'
import { carryOut } from '../carry-out.ts'
import type { Cli, ExitCode } from '../cli.ts'
import { printJson } from '../print/json.ts'
import { plain } from '../print/plain.ts'
import { type AskOptions, ask } from '../request/ask.ts'
import { requestJob } from '../request/request-job.ts'
import { who } from '../request/who.ts'
import { findRun } from '../store/find-run.ts'
import { withStore } from '../store/open-store.ts'

const PATIENCE_MS = 10_000
const POLL_MS = 100

/** `letterbox cancel` */
export function addCancel(program: Command, cli: Cli): void {
  program
    .command('cancel')
    .summary('stop a run that is queued or running')
    .description(
      'Asks the worker to stop a run: its container is removed, its processes are ended, and the next run starts.',
    )
    .argument('<run>', 'id, start of an id, host/path#number, or #number')
    .option('--no-wait', 'do not wait until the run has ended')
    .option('--json', 'print {"job":…,"recorded":…,"run":{…}}')
    .addHelpText('after', EXAMPLES)
    .action(carryOut<AskOptions>(cli, (options, reference = '') => cancel(cli, options, reference)))
}

async function cancel(cli: Cli, options: AskOptions, reference: string): Promise<ExitCode> {
  const run = await withStore(options.data, (store) => findRun(store, reference))
  if (run.finishedAt !== null) throw new RunHasEnded(run)
  const job = requestJob({ kind: 'cancel', by: who(cli.env), run: run.id }, cli.now())
  const { record, note } = await ask(cli, options, job)
  const now = record === null ? run : await ended(run, options.data)
  if (options.json) printJson(cli, { job: job.id, recorded: record !== null, run: now })
  else cli.print(inWords(now, note))
  return now.finishedAt === null || now.state === 'canceled' ? 0 : 1
}

/** The run as it is when it has ended, or when our patience has. */
async function ended(run: Run, data: string): Promise<Run> {
  const deadline = performance.now() + PATIENCE_MS
  let seen = run
  while (seen.finishedAt === null && performance.now() < deadline) {
    await setTimeout(POLL_MS)
    seen = await withStore(data, (store) => store.run(run.id) ?? seen)
  }
  return seen
}

function inWords(run: Run, note: string | null): string {
  const name = plain(`${run.repository}#${run.number}`)
  if (note !== null) return `${note}\n`
  if (run.state === 'canceled') return `${name} is canceled.\n`
  if (run.finishedAt !== null) return `Too late: ${endOf(run)}.\n`
  return `The worker is stopping ${name}; 'letterbox show ${run.id}' says when it is done.\n`
}

function endOf({ repository, number, state }: Run): string {
  return plain(`${repository}#${number} has already ended: ${state}`)
}

/** There is nothing left to stop. */
class RunHasEnded extends LetterboxError {
  readonly code = 'RUN_HAS_ENDED'
  readonly fault = 'theirs'

  constructor(run: Run) {
    super(`${endOf(run)}.`)
  }
}

const EXAMPLES = `
Examples:
  $ letterbox cancel '#12'
  $ letterbox cancel 01K5E9

Exit codes: 0 canceled, or handed over; 1 it had already ended.
`
