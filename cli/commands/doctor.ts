import type { Command } from 'commander'
import { carryOut } from '../carry-out.ts'
import type { Cli, CommonOptions, ExitCode } from '../cli.ts'
import type { Check } from '../doctor/check.ts'
import { printJson } from '../print/json.ts'
import { plain } from '../print/plain.ts'

const LIMIT_MS = 10_000

/** `letterbox doctor` */
export function addDoctor(program: Command, cli: Cli): void {
  program
    .command('doctor')
    .summary('check everything that Letterbox needs on this machine')
    .description(
      'Checks the config, its secrets, the engine, the login at each registry, the mail server, git, the folders and ' +
        'their permissions, free disk, and whether the worker lives. Changes nothing. Each line is ok, warn or fail, with ' +
        'a hint; no check takes longer than 10 seconds.',
    )
    .option('--json', 'print {"checks":[{name,state,message,hint}]}')
    .addHelpText('after', EXAMPLES)
    .action(carryOut(cli, (options) => doctor(cli, options)))
}

async function doctor(cli: Cli, { config, data, json }: CommonOptions): Promise<ExitCode> {
  const { examine } = await import('../doctor/examine.ts')
  const checks = await examine({ configFile: config, data, env: cli.env, now: cli.now(), limitMs: LIMIT_MS })
  const longest = Math.max(...checks.map(({ name }) => name.length))
  if (json) printJson(cli, { checks })
  else cli.print(`${checks.flatMap((check) => linesOf(check, longest, cli)).join('\n')}\n`)
  return checks.some(({ state }) => state === 'fail') ? 1 : 0
}

function linesOf({ name, state, message, hint }: Check, width: number, { colors }: Cli): string[] {
  const paint = { ok: colors.green, warn: colors.yellow, fail: colors.red }[state]
  const line = `${paint(state.padEnd(4))}  ${colors.bold(name.padEnd(width))}  ${plain(message)}`
  return hint === null ? [line] : [line, `      ${' '.repeat(width)}  ${colors.dim('hint:')} ${plain(hint)}`]
}

const EXAMPLES = `
Examples:
  $ letterbox doctor
  $ letterbox doctor --json | jq '.checks[] | select(.state != "ok")'

Exit codes: 0 nothing failed (warnings do not count), 1 something failed.
`
