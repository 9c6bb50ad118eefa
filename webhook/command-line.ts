import { parseArgs } from 'node:util'
import { LetterboxError } from '../job/letterbox-error.ts'

export type CommandLine = { config: string; data: string; host: string; port: number; blind: boolean }

/** `--config FILE` (LETTERBOX_CONFIG, config/config.yaml), `--data DIR` (LETTERBOX_DATA, ./data), `--host` (127.0.0.1),
 *  `--port` (8080, 0 picks a free one), `--blind`. @throws WrongUsage */
export function readCommandLine(args: string[], env: NodeJS.ProcessEnv): CommandLine {
  const flags = parseFlags(args)
  return {
    config: flags.config ?? env.LETTERBOX_CONFIG ?? 'config/config.yaml',
    data: flags.data ?? env.LETTERBOX_DATA ?? 'data',
    host: flags.host ?? '127.0.0.1',
    port: readPort(flags.port ?? '8080'),
    blind: flags.blind ?? false,
  }
}

function parseFlags(args: string[]) {
  const flag = { type: 'string' } as const
  try {
    return parseArgs({
      args,
      options: { config: flag, data: flag, host: flag, port: flag, blind: { type: 'boolean' } },
    }).values
  } catch (error) {
    throw new WrongUsage(error instanceof Error ? error.message : String(error))
  }
}

function readPort(text: string): number {
  const port = Number(text)
  if (!/^\d{1,5}$/.test(text) || port > 65_535) throw new WrongUsage(`--port ${text} is no port (0 to 65535).`)
  return port
}

/** The command line makes no sense. */
export class WrongUsage extends LetterboxError {
  readonly code = 'WRONG_USAGE'
  readonly fault = 'theirs'
  constructor(problem: string) {
    super(problem, { hint: 'The options are --config FILE, --data DIR, --host ADDRESS, --port PORT and --blind.' })
  }
}
