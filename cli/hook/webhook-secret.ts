import { randomBytes } from 'node:crypto'
import { chownSync, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { SecretRef } from '../../config/schema.ts'
import { resolveSecret } from '../../config/secret.ts'

export type WebhookSecret = {
  value: string
  /** `written`: into the file that the config names. `to-be-set`: the operator has to, and `line` says what */
  state: 'there' | 'written' | 'to-be-set'
  line: string | null
}

/** The secret that the config names for a repository, and a fresh one of 32 bytes where there is none yet. A new file
 *  belongs to the group of its folder, which is how the web program gets to read it. */
export function webhookSecret(ref: SecretRef, env: Record<string, string | undefined>): WebhookSecret {
  const isThere = 'env' in ref ? (env[ref.env] ?? '') !== '' : existsSync(ref.file)
  if (isThere) return { value: resolveSecret(ref, env), state: 'there', line: null }
  const value = randomBytes(32).toString('hex')
  if ('env' in ref) return { value, state: 'to-be-set', line: `${ref.env}=${value}` }
  writeSecret(ref.file, value)
  return { value, state: 'written', line: null }
}

function writeSecret(file: string, value: string): void {
  const folder = dirname(file)
  mkdirSync(folder, { recursive: true, mode: 0o750 })
  const { gid } = statSync(folder)
  writeFileSync(file, `${value}\n`, { mode: gid === 0 ? 0o600 : 0o640, flag: 'wx' })
  if (process.getuid?.() === 0) chownSync(file, 0, gid)
}
