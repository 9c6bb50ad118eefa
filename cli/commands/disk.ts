import { setTimeout } from 'node:timers/promises'
import type { Command } from 'commander'
import { dataFolder } from '../../job/data-folder.ts'
import { type DiskClassState, type DiskState, readDiskState } from '../../job/disk-state.ts'
import { LetterboxError } from '../../job/letterbox-error.ts'
import { carryOut } from '../carry-out.ts'
import type { Cli, CommonOptions, ExitCode } from '../cli.ts'
import { bytes } from '../print/bytes.ts'
import { count } from '../print/count.ts'
import { printJson } from '../print/json.ts'
import { plain } from '../print/plain.ts'
import { type Column, table } from '../print/table.ts'
import { ago } from '../print/time.ts'
import { ask } from '../request/ask.ts'
import { requestJob } from '../request/request-job.ts'
import { who } from '../request/who.ts'

const PATIENCE_MS = 60_000
const POLL_MS = 200

type DiskOptions = { clean?: boolean; dryRun?: boolean; wait: boolean }

/** `letterbox disk` */
export function addDisk(program: Command, cli: Cli): void {
  program
    .command('disk')
    .summary('what takes how much disk, and what would go next')
    .description(
      'Shows what Letterbox keeps on the disk, by class, as the worker last saw it: it looks at its start, once an hour, ' +
        'after each run and when it is asked to clean. It cleans by itself; --clean asks it to do so now.',
    )
    .option('--clean', 'ask the worker to clean now, and wait for it')
    .option('--dry-run', 'with --clean: only show what is due')
    .option('--no-wait', 'do not wait for the worker')
    .option('--json', 'print what the worker saw')
    .addHelpText('after', EXAMPLES)
    .action(carryOut<DiskOptions>(cli, (options) => disk(cli, options)))
}

async function disk(cli: Cli, options: DiskOptions & CommonOptions): Promise<ExitCode> {
  const note = options.clean && !options.dryRun ? await clean(cli, options) : null
  const state = stateOf(options)
  if (options.json) printJson(cli, state)
  else cli.print(`${note === null ? '' : `${note}\n`}${inWords(state, cli, options.dryRun === true)}`)
  return state.held === null ? 0 : 1
}

/** Asks the worker, and waits until it has looked at the disk after that. */
async function clean(cli: Cli, options: DiskOptions & CommonOptions): Promise<string | null> {
  const asked = cli.now().toISOString()
  const { record, note } = await ask(cli, options, requestJob({ kind: 'clean', by: who(cli.env) }, cli.now()))
  if (record === null) return note
  const deadline = performance.now() + PATIENCE_MS
  while (performance.now() < deadline) {
    const state = readDiskState(dataFolder(options.data).diskState)
    if (state !== null && state.checkedAt > asked) return null
    await setTimeout(POLL_MS)
  }
  return 'The worker is still cleaning.'
}

function stateOf({ data }: CommonOptions): DiskState {
  const state = readDiskState(dataFolder(data).diskState)
  if (state === null) throw new DiskNotSeen(data)
  return state
}

/** The worker publishes what it sees; there is nothing else to read. */
class DiskNotSeen extends LetterboxError {
  readonly code = 'DISK_NOT_SEEN'
  readonly fault = 'ours'

  constructor(data: string) {
    super(`The worker of this version has not looked at the disk of ${data} yet.`, {
      hint: "Start it: 'letterbox worker'. It looks as soon as it is up.",
    })
  }
}

function inWords(state: DiskState, cli: Cli, dryRun: boolean): string {
  const { colors } = cli
  const seen = `As the worker saw it ${ago(state.checkedAt, cli.now())}, in ${Math.round(state.tookMs)} ms.\n`
  const disks = state.disks.map(
    ({ path, freeBytes, reserveBytes }) =>
      `${bytes(freeBytes)} free on the disk of ${plain(path)}, at least ${bytes(reserveBytes)} wanted.\n`,
  )
  const held = state.held === null ? '' : `${colors.red('No run starts:')} ${plain(state.held)}.\n`
  const troubles = state.classes.flatMap(({ name, trouble }) =>
    trouble === null ? [] : [`${colors.yellow(name)} is not known: ${plain(trouble)}\n`],
  )
  const due = state.classes.filter((one) => one.due)
  const going = dryRun && due.length === 0 ? 'Nothing is due.\n' : ''
  return [table(columns(cli), state.classes, cli.columns), ...disks, held, ...troubles, going, seen].join('')
}

function columns(cli: Cli): Column<DiskClassState>[] {
  const { colors } = cli
  const paint = (cell: string, { usedBytes, budgetBytes }: DiskClassState) =>
    budgetBytes !== null && usedBytes > budgetBytes ? colors.red(cell) : cell
  return [
    { title: 'CLASS', text: ({ name }) => name },
    { title: 'ITEMS', text: ({ items }) => String(items) },
    { title: 'USED', text: ({ usedBytes }) => bytes(usedBytes), paint },
    { title: 'BUDGET', text: ({ budgetBytes }) => (budgetBytes === null ? 'unlimited' : bytes(budgetBytes)) },
    { title: 'KEPT', text: ({ keptBytes }) => bytes(keptBytes), paint: colors.dim },
    { title: 'NEXT TO GO', text: (one) => nextOf(one, cli.now()), shrinkTo: 12 },
  ]
}

function nextOf({ next, due }: DiskClassState, now: Date): string {
  const [first] = next
  if (first === undefined) return '-'
  const more = next.length > 1 ? ` and ${count(next.length - 1, 'other')}` : ''
  return `${due ? 'now: ' : ''}${first.name} (${bytes(first.bytes)}, ${ago(first.usedAt, now)})${due ? more : ''}`
}

const EXAMPLES = `
Examples:
  $ letterbox disk
  $ letterbox disk --clean --dry-run
  $ letterbox disk --clean
  $ letterbox disk --json | jq '.classes[] | {name, usedBytes, budgetBytes}'

Exit codes: 0 runs start, 1 no run starts because a disk lacks room.
`
