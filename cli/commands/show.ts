import type { Command } from 'commander'
import { carryOut } from '../carry-out.ts'
import type { Cli, CommonOptions, ExitCode } from '../cli.ts'
import { printJson } from '../print/json.ts'
import { runText } from '../print/run-text.ts'
import { findRun } from '../store/find-run.ts'
import { withStore } from '../store/open-store.ts'

/** `letterbox show` */
export function addShow(program: Command, cli: Cli): void {
  program
    .command('show')
    .summary('show a run and its steps')
    .description('Shows one run: what started it, its steps with times, what it made, and why it ended so.')
    .argument('<run>', 'id, start of an id, host/path#number, or #number')
    .option('--json', 'print the run itself')
    .addHelpText('after', EXAMPLES)
    .action(carryOut(cli, (options, reference = '') => show(cli, options, reference)))
}

async function show(cli: Cli, { data, json }: CommonOptions, reference: string): Promise<ExitCode> {
  const run = await withStore(data, (store) => findRun(store, reference))
  if (json) printJson(cli, run)
  else cli.print(runText(run, cli))
  return 0
}

const EXAMPLES = `
Examples:
  $ letterbox show '#12'
  $ letterbox show github.com/acme/shop#12
  $ letterbox show 01K5E9 --json | jq '.steps[] | {action, state, exitCode}'
`
