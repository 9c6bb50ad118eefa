import { type Command, Option } from 'commander'
import { carryOut } from '../carry-out.ts'
import type { Cli, ExitCode } from '../cli.ts'
import { followRuns } from '../logs/follow-runs.ts'
import { type AskOptions, ask } from '../request/ask.ts'
import { requestJob } from '../request/request-job.ts'
import { tellAsked } from '../request/tell-asked.ts'
import { who } from '../request/who.ts'
import { findRun } from '../store/find-run.ts'
import { withStore } from '../store/open-store.ts'

type RetryOptions = { follow?: boolean } & AskOptions

/** `letterbox retry` */
export function addRetry(program: Command, cli: Cli): void {
  program
    .command('retry')
    .summary('run a run once more')
    .description(
      'Asks the worker to run the same trigger for the same event and commit once more, with the config as it was then: ' +
        'after a change of the config, trigger the branch instead.',
    )
    .argument('<run>', 'id, start of an id, host/path#number, or #number')
    .option('-f, --follow', 'follow the log of the new run')
    .option('--no-wait', 'do not wait until the worker has taken it')
    .addOption(new Option('--json', 'print {"job":…,"recorded":…,"runs":[…],"because":…}').conflicts('follow'))
    .addHelpText('after', EXAMPLES)
    .action(carryOut<RetryOptions>(cli, (options, reference = '') => retry(cli, options, reference)))
}

async function retry(cli: Cli, options: RetryOptions, reference: string): Promise<ExitCode> {
  const run = await withStore(options.data, (store) => findRun(store, reference))
  const job = requestJob({ kind: 'retry', by: who(cli.env), run: run.id }, cli.now())
  const asked = await ask(cli, options, job)
  const exitCode = tellAsked(cli, options.json, asked)
  if (!options.follow) return exitCode
  return (await followRuns(cli, options, asked.runs)) ? exitCode : 1
}

const EXAMPLES = `
Examples:
  $ letterbox retry '#12' --follow
  $ letterbox retry github.com/acme/shop#12

Exit codes: 0 handed over; 1 the worker starts nothing, and says why, or with --follow the run does not succeed.
`
