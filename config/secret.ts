import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'
import { LetterboxError } from '../job/letterbox-error.ts'
import type { SecretRef } from './schema.ts'

/** A secret file over this size is no secret. */
const MAX_SECRET_BYTES = 64 * 1024

/** Reads the secret that a reference names, at the moment of use. One trailing line end of a file is no part of it.
 *  @throws SecretMissing (not set, not there, not readable), SecretEmpty (nothing but whitespace) */
export function resolveSecret(ref: SecretRef, env: Record<string, string | undefined>): string {
  const secret = 'env' in ref ? fromEnvironment(ref.env, env) : fromFile(ref.file)
  if (secret.trim() === '') throw new SecretEmpty(describeSecret(ref))
  return secret
}

/** The reference in words: `the environment variable NAME` or `the file /path`. Never the secret. */
export function describeSecret(ref: SecretRef): string {
  return 'env' in ref ? `the environment variable ${ref.env}` : `the file ${ref.file}`
}

function fromEnvironment(name: string, env: Record<string, string | undefined>): string {
  const value = Object.hasOwn(env, name) ? env[name] : undefined
  if (value === undefined) {
    throw new SecretMissing(
      describeSecret({ env: name }),
      'is not set',
      'Set it where this program is started, for example in its systemd unit or in docker-compose.yml.',
    )
  }
  return value
}

function fromFile(path: string): string {
  try {
    return readSmallFile(path).replace(/\r?\n$/, '')
  } catch (error) {
    throw new SecretMissing(
      describeSecret({ file: path }),
      `cannot be read (${reasonOf(error)})`,
      reasonOf(error) === 'ERR_ACCESS_DENIED'
        ? 'The web program may read only the secret files that the config named when it was started: restart it.'
        : 'Create the file, and let the user that runs this program read it.',
      error,
    )
  }
}

function readSmallFile(path: string): string {
  const file = openSync(path, 'r')
  try {
    const stat = fstatSync(file)
    if (stat.isDirectory()) throw new Error('it is a folder')
    if (stat.size > MAX_SECRET_BYTES) throw new Error(`it is larger than ${MAX_SECRET_BYTES} bytes`)
    return readFileSync(file, 'utf8')
  } finally {
    closeSync(file)
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message
}

/** The reference leads nowhere. */
export class SecretMissing extends LetterboxError {
  readonly code = 'SECRET_MISSING'
  readonly fault = 'theirs'
  readonly reference: string
  constructor(reference: string, reason: string, hint: string, cause?: unknown) {
    super(`the secret cannot be used: ${reference} ${reason}`, { hint, cause })
    this.reference = reference
  }
}

/** The reference leads to nothing but whitespace, which would sign and open everything. */
export class SecretEmpty extends LetterboxError {
  readonly code = 'SECRET_EMPTY'
  readonly fault = 'theirs'
  readonly reference: string
  constructor(reference: string) {
    super(`the secret cannot be used: ${reference} is empty`, {
      hint: 'Put the secret there; an empty one is refused.',
    })
    this.reference = reference
  }
}
