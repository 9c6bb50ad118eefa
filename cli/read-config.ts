import { type Diagnostic, formatDiagnostics } from '../config/diagnostic.ts'
import type { Config } from '../config/schema.ts'
import { LetterboxError } from '../job/letterbox-error.ts'

/** The config that a command needs is missing or refused. */
export class ConfigUnusable extends LetterboxError {
  readonly code = 'CONFIG_REFUSED'
  readonly fault = 'theirs'
  readonly diagnostics: Diagnostic[]

  constructor(file: string, diagnostics: Diagnostic[]) {
    super(`${file} cannot be used as it is`, { hint: `'letterbox check ${file}' shows what to change.` })
    this.diagnostics = diagnostics
  }

  inWords(color: boolean): string {
    return `${formatDiagnostics(this.diagnostics, { color }).trimEnd()}\n`
  }
}

/** Loads the config (and the loader only now: other commands start faster without it), for commands that can do nothing without it.
 *  @throws ConfigUnusable with all its diagnostics */
export async function readConfig(file: string): Promise<Config> {
  const { loadConfig } = await import('../config/load.ts')
  const result = await loadConfig(file)
  if (result.kind === 'refused') throw new ConfigUnusable(file, result.diagnostics)
  return result.config
}
