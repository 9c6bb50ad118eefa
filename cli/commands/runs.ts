import { type Command, InvalidArgumentError, Option } from 'commander'
import { type Run, RunState } from '../../job/run.ts'
import { carryOut } from '../carry-out.ts'
import type { Cli, CommonOptions, ExitCode } from '../cli.ts'
import { printJson } from '../print/json.ts'
import { stateColor } from '../print/state.ts'
import { type Column, table } from '../print/table.ts'
import { ago, lasted } from '../print/time.ts'
import { withStore } from '../store/open-store.ts'

type RunsOptions = { repository?: string; branch?: string; state?: RunState; limit: number }

/** `letterbox runs` */
export function addRuns(program: Command, cli: Cli): void {
  program
    .command('runs')
    .summary('list runs, newest first')
    .description('Lists runs, newest first.')
    .option('--repository <host/path>', 'only of this repository')
    .option('--branch <branch>', 'only of this branch')
    .addOption(new Option('--state <state>', 'only in this state').choices(RunState.options))
    .addOption(new Option('--limit <number>', 'at most so many').default(20).argParser(readLimit))
    .option('--json', 'print {"runs":[…]}')
    .addHelpText('after', EXAMPLES)
    .action(carryOut<RunsOptions>(cli, (options) => runs(cli, options)))
}

async function runs(cli: Cli, options: RunsOptions & CommonOptions): Promise<ExitCode> {
  const { repository, branch, state, limit } = options
  const found = await withStore(options.data, (store) => store.runs({ repository, branch, state, limit }))
  if (options.json) printJson(cli, { runs: found })
  else if (found.length > 0) cli.print(table(columns(cli), found, cli.columns))
  else cli.complain(repository || branch || state ? 'No run fits.\n' : NO_RUNS)
  return 0
}

function columns(cli: Cli): Column<Run>[] {
  const { colors } = cli
  return [
    { title: 'STATE', text: ({ state }) => state, paint: (cell, { state }) => stateColor(colors, state)(cell) },
    { title: 'RUN', text: ({ repository, number }) => `${repository}#${number}`, shrinkTo: 16, cut: 'start' },
    { title: 'REF', text: refOf, shrinkTo: 10 },
    { title: 'TRIGGER', text: ({ trigger }) => trigger, shrinkTo: 8 },
    { title: 'COMMIT', text: ({ commit }) => commit?.slice(0, 12) ?? '-', paint: colors.dim },
    { title: 'QUEUED', text: ({ queuedAt }) => ago(queuedAt, cli.now()) },
    { title: 'TOOK', text: (run) => took(run, cli.now()) },
  ]
}

function refOf({ branch, tag, ref }: Run): string {
  return branch ?? tag ?? ref ?? '-'
}

function took({ startedAt, finishedAt }: Run, now: Date): string {
  return startedAt === null ? '-' : lasted(startedAt, finishedAt ?? now)
}

/** A number of lines, from 1 on. */
export function readLimit(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('A limit is a whole number from 1 on.')
}

const NO_RUNS = `No runs yet.
hint: push something, or ask for a run: letterbox trigger REPOSITORY --branch BRANCH
`

const EXAMPLES = `
Examples:
  $ letterbox runs
  $ letterbox runs --repository github.com/acme/shop --branch main --limit 5
  $ letterbox runs --state failed --json | jq -r '.runs[].id'
`
