import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Run } from '../../job/run.ts'
import { carryOut } from '../carry-out.ts'
import type { Cli, CommonOptions, ExitCode } from '../cli.ts'
import { showLog } from '../logs/show-log.ts'
import { count } from '../print/count.ts'
import { findRun } from '../store/find-run.ts'
import { withStore } from '../store/open-store.ts'
import { UsageError } from '../usage-error.ts'

type LogsOptions = { follow?: boolean; step?: number } & CommonOptions

/** `letterbox logs` */
export function addLogs(program: Command, cli: Cli): void {
  program
    .command('logs')
    .summary('print what a run said, or follow it')
    .description(
      'Prints the log of a run: what its steps wrote to stdout and stderr (marked !), and what Letterbox says itself ' +
        '(marked »). Secrets are masked. With --json the lines as they are kept, one JSON object each.',
    )
    .argument('<run>', 'id, start of an id, host/path#number, or #number')
    .option('-f, --follow', 'go on until the run ends')
    .addOption(new Option('--step <number>', 'only this step, numbered as in show').argParser(readStep))
    .option('--json', 'print NDJSON: {"time":…,"step":…,"stream":…,"text":…}')
    .addHelpText('after', EXAMPLES)
    .action(carryOut<LogsOptions>(cli, (options, reference = '') => logs(cli, options, reference)))
}

async function logs(cli: Cli, options: LogsOptions, reference: string): Promise<ExitCode> {
  const run = await withStore(options.data, (store) => findRun(store, reference))
  const step = options.step === undefined ? null : options.step - 1
  if (step !== null && step >= run.steps.length) throw noSuchStep(run)
  await showLog(cli, { run, step, data: options.data, json: options.json ?? false, follow: options.follow ?? false })
  return 0
}

function noSuchStep({ steps }: Run): UsageError {
  const names = steps.map(({ name }, index) => `${index + 1} ${name}`).join(', ')
  return new UsageError(`The run has only ${count(steps.length, 'step')}.`, { hint: `They are: ${names}` })
}

function readStep(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Steps are numbered from 1 on, as letterbox show does.')
}

const EXAMPLES = `
Examples:
  $ letterbox logs '#12'
  $ letterbox logs -f github.com/acme/shop#12
  $ letterbox logs '#12' --step 2
  $ letterbox logs '#12' --json | jq -r 'select(.stream == "stderr").text'

Exit code: 0 whether the run succeeded or failed; 'letterbox show RUN --json' has its state.
`
