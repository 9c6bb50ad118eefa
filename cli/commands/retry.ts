import { type Command, Option } from 'commander'
import type { Run } from '../../job/run.ts'
import { carryOut } from '../carry-out.ts'
import type { Cli, ExitCode } from '../cli.ts'
import { followRuns } from '../logs/follow-runs.ts'
import { plain } from '../print/plain.ts'
import { type AskOptions, ask } from '../request/ask.ts'
import { requestJob } from '../request/request-job.ts'
import { tellAsked } from '../request/tell-asked.ts'
import { who } from '../request/who.ts'
import { findRun } from '../store/find-run.ts'
import { withStore } from '../store/open-store.ts'
import { UsageError } from '../usage-error.ts'

type RetryOptions = { from?: string; currentConfig?: boolean; follow?: boolean } & AskOptions

/** `letterbox retry` */
export function addRetry(program: Command, cli: Cli): void {
  program
    .command('retry')
    .summary('run a run once more')
    .description(
      'Asks the worker to run the same trigger for the same event and commit once more, with the config as it was then.',
    )
    .argument('<run>', 'id, start of an id, host/path#number, or #number')
    .option('--from <step>', 'begin at this step, by its number or name; the ones before it are not run again')
    .option('--current-config', 'with the trigger of the same name as the config has it now')
    .option('-f, --follow', 'follow the log of the new run')
    .option('--no-wait', 'do not wait until the worker has taken it')
    .addOption(new Option('--json', 'print {"job":…,"recorded":…,"runs":[…],"because":…}').conflicts('follow'))
    .addHelpText('after', EXAMPLES)
    .action(carryOut<RetryOptions>(cli, (options, reference = '') => retry(cli, options, reference)))
}

async function retry(cli: Cli, options: RetryOptions, reference: string): Promise<ExitCode> {
  const run = await withStore(options.data, (store) => findRun(store, reference))
  const from = options.from === undefined ? null : stepNumber(run, options.from)
  const currentConfig = options.currentConfig ?? false
  const job = requestJob({ kind: 'retry', by: who(cli.env), run: run.id, from, currentConfig }, cli.now())
  const asked = await ask(cli, options, job)
  const exitCode = tellAsked(cli, options.json, asked)
  if (!options.follow) return exitCode
  return (await followRuns(cli, options, asked.runs)) ? exitCode : 1
}

/** A step as people call it, by the number that `show` prints or by its name. */
function stepNumber({ steps, repository, number }: Run, called: string): number {
  const found = steps.filter(({ index, name }) => String(index + 1) === called || name === called)
  const [only] = found
  if (only && found.length === 1) return only.index + 1
  const known = steps.map(({ index, name }) => `${index + 1} (${plain(name)})`).join(', ')
  const what = only ? 'more than one step' : 'no step'
  throw new UsageError(`${plain(`${repository}#${number}`)} has ${what} called ${plain(called)}.`, {
    hint: `Its steps: ${known}.`,
  })
}

const EXAMPLES = `
Examples:
  $ letterbox retry '#12' --follow
  $ letterbox retry github.com/acme/shop#12
  $ letterbox retry '#12' --from push        its image is pushed again, not built again
  $ letterbox retry '#12' --current-config   after the config was mended

Exit codes: 0 handed over; 1 the worker starts nothing, and says why, or with --follow the run does not succeed.
`
