import { createHash } from 'node:crypto'
import { LetterboxError } from '../job/letterbox-error.ts'
import { canonicalJson } from './canonical-json.ts'
import { diagnose } from './diagnose/diagnose.ts'
import type { Diagnostic } from './diagnostic.ts'
import { readConfigFile } from './read-config-file.ts'
import { type Config, ConfigSchema } from './schema.ts'

export type ConfigResult =
  | {
      kind: 'ok'
      config: Config
      /** SHA-256 hex of `json` */
      digest: string
      /** the config as it was written, as canonical JSON: what runs refer to */
      json: string
      warnings: Diagnostic[]
    }
  | { kind: 'refused'; diagnostics: Diagnostic[] }

/** Reads and judges a config file. What is wrong with it, also that it cannot be read, is returned, never thrown. */
export async function loadConfig(file: string): Promise<ConfigResult> {
  const read = await readConfigFile(file)
  return 'text' in read ? parseConfig(read.text, file) : { kind: 'refused', diagnostics: [read.diagnostic] }
}

/** Judges the text of a config. Pure; no text makes it throw. `file` only names it in the diagnostics. */
export function parseConfig(text: string, file: string): ConfigResult {
  const { written, config, diagnostics } = diagnose(text, file)
  if (config === null) return { kind: 'refused', diagnostics }
  const json = canonicalJson(written)
  return { kind: 'ok', config, digest: createHash('sha256').update(json).digest('hex'), json, warnings: diagnostics }
}

/** A kept snapshot (`json` of a result) as a config again.
 *  @throws ConfigSnapshotUnreadable it was written by a version whose config this one no longer understands */
export function restoreConfig(json: string): Config {
  const restored = ConfigSchema.safeParse(parseJson(json))
  if (restored.success) return restored.data
  throw new ConfigSnapshotUnreadable(restored.error.issues[0]?.path.join('.') ?? '', restored.error)
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch (error) {
    throw new ConfigSnapshotUnreadable('', error)
  }
}

/** The config that a run was planned with cannot be read any more. */
export class ConfigSnapshotUnreadable extends LetterboxError {
  readonly code = 'CONFIG_SNAPSHOT_UNREADABLE'
  readonly fault = 'ours'
  constructor(place: string, cause: unknown) {
    super(`the kept config of this run cannot be read${place === '' ? '' : ` (at ${place})`}`, {
      hint: 'It was written by another version of Letterbox. Cancel the run and trigger it anew.',
      cause,
    })
  }
}
