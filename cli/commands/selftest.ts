import type { Command } from 'commander'
import { LetterboxError } from '../../job/letterbox-error.ts'
import { type Transition, transitionsOf } from '../../job/transitions.ts'
import { carryOut } from '../carry-out.ts'
import type { Cli, CommonOptions, ExitCode } from '../cli.ts'
import { count } from '../print/count.ts'
import { printJson } from '../print/json.ts'
import { plain } from '../print/plain.ts'
import { type Column, table } from '../print/table.ts'
import type { Outcome } from '../selftest/sweep.ts'
import { UsageError } from '../usage-error.ts'

class SelftestStopped extends LetterboxError {
  readonly code = 'SELFTEST_STOPPED'
  readonly fault = 'theirs'
}

type Options = CommonOptions & { crash?: boolean; at?: string[] }

/** `letterbox selftest --crash` */
export function addSelftest(program: Command, cli: Cli): void {
  program
    .command('selftest')
    .summary('kill the programs at every point, here, and see whether the promises hold')
    .description(
      'Sends signed pushes through a Letterbox of its own, in a temporary folder, with a git server, a registry and a ' +
        'mail server of its own on 127.0.0.1, and this machine’s Docker Engine. For each transition on the way of a push ' +
        'it kills the webhook program or the worker there with SIGKILL, starts it again, and checks from the outside: one ' +
        'run, ended once; one image pushed once; one mail; nothing left. Touches neither your config nor your data, takes ' +
        'less than 3 minutes, and removes what it made (the engine may keep build cache).',
    )
    .option('--crash', 'the sweep of kills; the only selftest there is')
    .option('--at <transition...>', 'only these transitions; default: all')
    .option('--json', 'print {"ok":…,"transitions":[{transition,program,means,outcome,detail,seconds}]}')
    .addHelpText('after', EXAMPLES)
    .action(carryOut<Options>(cli, (options) => selftest(cli, options)))
}

async function selftest(cli: Cli, { crash, at, json }: Options): Promise<ExitCode> {
  if (!crash) throw new UsageError('selftest needs --crash: it kills programs, though only its own.')
  const names = at === undefined ? transitionsOf('push') : at.map(transition)
  const { sweep } = await import('../selftest/sweep.ts')
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
  const tell = json
    ? () => {}
    : ({ transition, outcome }: Outcome) => cli.complain(`${outcome.padEnd(9)}  ${transition}\n`)
  const outcomes = await sweep(names, tell, stop.signal).catch((error: unknown) => {
    throw stop.signal.aborted ? new SelftestStopped('The selftest was stopped; what it had made is removed.') : error
  })
  const isOk = outcomes.every(({ outcome }) => outcome !== 'broken')
  if (json) printJson(cli, { ok: isOk, transitions: outcomes })
  else cli.print(inWords(outcomes, cli))
  return isOk ? 0 : 1
}

function transition(name: string): Transition {
  const known = transitionsOf('push')
  const found = known.find((one) => one === name)
  if (found === undefined) throw new UsageError(`There is no transition ${name}. Known: ${known.join(', ')}.`)
  return found
}

function inWords(outcomes: Outcome[], cli: Cli): string {
  const broken = outcomes.filter(({ outcome }) => outcome === 'broken')
  const details = broken.map(({ transition, detail }) => `${transition}: ${plain(detail ?? '')}\n`).join('')
  return `${table(columnsFor(cli), outcomes, cli.columns)}\n${details}${summary(outcomes)}\n`
}

function columnsFor({ colors }: Cli): Column<Outcome>[] {
  const paint = { kept: colors.green, broken: colors.red, 'not tried': colors.yellow }
  return [
    { title: 'killed', text: ({ program }) => program },
    { title: 'at', text: ({ transition }) => transition },
    { title: 'where', text: ({ means }) => means, shrinkTo: 20 },
    { title: 'promise', text: ({ outcome }) => outcome, paint: (cell, { outcome }) => paint[outcome](cell) },
    { title: 'seconds', text: ({ seconds }) => (seconds === 0 ? '' : seconds.toFixed(1)) },
  ]
}

function summary(outcomes: Outcome[]): string {
  const of = (wanted: Outcome['outcome']) => outcomes.filter(({ outcome }) => outcome === wanted)
  const [untried] = of('not tried')
  const without = untried === undefined ? '' : `, ${of('not tried').length} not tried: ${untried.detail}`
  return `${count(outcomes.length, 'transition')}: ${of('kept').length} kept, ${of('broken').length} broken${without}`
}

const EXAMPLES = `
Examples:
  $ letterbox selftest --crash
  $ letterbox selftest --crash --at pushed mail-sent
  $ letterbox selftest --crash --json | jq '.transitions[] | select(.outcome != "kept")'

Exit codes: 0 every promise was kept, 1 one was not, 2 wrong usage.
`
