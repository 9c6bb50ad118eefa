import type { Command } from 'commander'
import { type Diagnostic, formatDiagnostics } from '../../config/diagnostic.ts'
import type { ConfigResult } from '../../config/load.ts'
import type { Config } from '../../config/schema.ts'
import { carryOut } from '../carry-out.ts'
import type { Cli, CommonOptions, ExitCode } from '../cli.ts'
import { count } from '../print/count.ts'
import { printJson } from '../print/json.ts'

/** `letterbox check` */
export function addCheck(program: Command, cli: Cli): void {
  program
    .command('check')
    .summary('say whether the config is good, and what to change')
    .description('Reads the config and shows every problem at once, each with its line, why it matters and a fix.')
    .argument('[file]', 'the config to check (default: the one of --config)')
    .option('--json', 'print {"ok":…,"file":…,"diagnostics":[…]}')
    .addHelpText('after', EXAMPLES)
    .action(carryOut(cli, (options, file) => check(cli, options, file ?? options.config)))
}

async function check(cli: Cli, { json }: CommonOptions, file: string): Promise<ExitCode> {
  const { loadConfig } = await import('../../config/load.ts')
  const result = await loadConfig(file)
  const diagnostics = result.kind === 'ok' ? result.warnings : result.diagnostics
  if (json) printJson(cli, { ok: result.kind === 'ok', file, diagnostics })
  else cli.print(inWords(cli, file, result, diagnostics))
  return result.kind === 'ok' ? 0 : 1
}

function inWords(cli: Cli, file: string, result: ConfigResult, diagnostics: Diagnostic[]): string {
  const { colors } = cli
  const frames =
    diagnostics.length === 0
      ? ''
      : `${formatDiagnostics(diagnostics, { color: colors.isColorSupported }).trimEnd()}\n\n`
  const tally = tallyOf(diagnostics)
  if (result.kind === 'refused') return `${frames}${colors.red(tally)} in ${file}\n`
  const warned = diagnostics.length === 0 ? '' : ` (${tally})`
  return `${frames}${colors.green(`${file} is good:`)} ${contents(result.config)}${warned}\n`
}

function tallyOf(diagnostics: Diagnostic[]): string {
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length
  const warnings = diagnostics.length - errors
  const parts = [errors > 0 ? count(errors, 'error') : '', warnings > 0 ? count(warnings, 'warning') : '']
  return parts.filter((part) => part !== '').join(', ')
}

function contents(config: Config): string {
  const repositories = Object.values(config.repositories)
  const triggers = repositories.reduce((sum, { triggers }) => sum + triggers.length, 0)
  return `${count(repositories.length, 'repository', 'repositories')}, ${count(triggers, 'trigger')}`
}

const EXAMPLES = `
Examples:
  $ letterbox check
  $ letterbox check /etc/letterbox/config.yaml.new && mv /etc/letterbox/config.yaml.new /etc/letterbox/config.yaml
  $ letterbox check --json | jq '.diagnostics[].message'

Exit codes: 0 good (warnings do not count), 1 errors were found.
`
