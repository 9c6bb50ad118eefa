import type { Command } from 'commander'
import { errorFacts } from '../job/letterbox-error.ts'
import type { Cli, CommonOptions, ExitCode } from './cli.ts'
import { ConfigUnusable } from './read-config.ts'
import { UsageError } from './usage-error.ts'

type Work<Options> = (options: Options & CommonOptions, ...given: string[]) => Promise<ExitCode>

/** Makes a command's action of its work: gives it all options (those before the command's name too), turns what it
 *  throws into words or, with `--json`, into `{ "error": … }`, and sets the exit code. */
export function carryOut<Options>(cli: Cli, work: Work<Options>): (this: Command) => Promise<void> {
  return async function (this: Command) {
    const options = this.optsWithGlobals<Options & CommonOptions>()
    try {
      cli.exit(await work(options, ...this.args))
    } catch (error) {
      if (options.json) cli.print(`${JSON.stringify({ error: factsOf(error) }, null, 2)}\n`)
      else cli.complain(inWords(error, cli))
      cli.exit(error instanceof UsageError ? 2 : 1)
    }
  }
}

function factsOf(error: unknown): object {
  if (error instanceof ConfigUnusable) return { ...errorFacts(error), diagnostics: error.diagnostics }
  return errorFacts(error)
}

function inWords(error: unknown, cli: Cli): string {
  const { errorColors: colors } = cli
  if (error instanceof ConfigUnusable) return error.inWords(colors.isColorSupported)
  const { message, hint } = errorFacts(error)
  const lines = [`${colors.red('error:')} ${message}`]
  if (hint !== null) lines.push(`${colors.dim('hint:')} ${hint}`)
  return `${lines.join('\n')}\n`
}
