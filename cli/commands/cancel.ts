import type { Command } from 'commander'
import { LetterboxError } from '../../job/letterbox-error.ts'
import type { Run } from '../../job/run.ts'
import { carryOut } from '../carry-out.ts'
import type { Cli, ExitCode } from '../cli.ts'
import { type AskOptions, ask } from '../request/ask.ts'
import { requestJob } from '../request/request-job.ts'
import { who } from '../request/who.ts'
import { findRun } from '../store/find-run.ts'
import { withStore } from '../store/open-store.ts'

/** `letterbox cancel` */
export function addCancel(program: Command, cli: Cli): void {
  program
    .command('cancel')
    .summary('stop a run that is queued or running')
    .description(
      'Asks the worker to stop a run: its container is removed, its processes are ended, and the next run starts.',
    )
    .argument('<run>', 'id, start of an id, host/path#number, or #number')
    .option('--no-wait', 'do not wait until the worker has taken it')
    .option('--json', 'print {"job":…,"recorded":…,"runs":[…],"because":…}')
    .addHelpText('after', EXAMPLES)
    .action(carryOut<AskOptions>(cli, (options, reference = '') => cancel(cli, options, reference)))
}

async function cancel(cli: Cli, options: AskOptions, reference: string): Promise<ExitCode> {
  const run = await withStore(options.data, (store) => findRun(store, reference))
  if (run.finishedAt !== null) throw new RunHasEnded(run)
  const job = requestJob({ kind: 'cancel', by: who(cli.env), run: run.id }, cli.now())
  const { exitCode } = await ask(cli, options, job)
  return exitCode
}

/** There is nothing left to stop. */
class RunHasEnded extends LetterboxError {
  readonly code = 'RUN_HAS_ENDED'
  readonly fault = 'theirs'

  constructor({ repository, number, state }: Run) {
    super(`${repository}#${number} has already ended: it ${state === 'failed' || state === 'succeeded' ? state : `was ${state}`}.`)
  }
}

const EXAMPLES = `
Examples:
  $ letterbox cancel '#12'
  $ letterbox cancel 01K5E9
`
