import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { hash } from 'bcryptjs'
import { LetterboxError } from '../../job/letterbox-error.ts'

/** As the registry and nginx read it. @see Apache HTTP Server documentation "htpasswd - Manage user files" */
const LINE = /^([^:\s]+):(\S+)$/
const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/i
/** bcrypt ignores what comes after; a longer one would give a false sense of safety */
const MAX_PASSWORD_BYTES = 72
const MIN_PASSWORD_LENGTH = 8
const ROUNDS = 10

/** Names in the order of the file; none when there is no file. */
export function listUsers(file: string): string[] {
  return entriesOf(file).map(({ name }) => name)
}

/** Adds a user, or gives one a new password. @throws UserRefused, for a name or password that will not do */
export async function putUser(file: string, name: string, password: string): Promise<'added' | 'changed'> {
  checkName(name)
  checkPassword(password)
  const others = entriesOf(file)
  const known = others.find((entry) => entry.name === name)
  const entry = { name, hash: await hash(password, ROUNDS) }
  write(file, known ? others.map((one) => (one === known ? entry : one)) : [...others, entry])
  return known ? 'changed' : 'added'
}

/** @throws UserRefused, when there is no such user */
export function removeUser(file: string, name: string): void {
  const entries = entriesOf(file)
  const others = entries.filter((entry) => entry.name !== name)
  if (others.length === entries.length) throw new UserRefused(`${file} has no user ${name}`, "'letterbox user list'.")
  write(file, others)
}

type Entry = { name: string; hash: string }

function entriesOf(file: string): Entry[] {
  const lines = (readOrNull(file) ?? '').split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'))
  return lines.map((line, index) => {
    const [, name, hash] = LINE.exec(line.trim()) ?? []
    if (name !== undefined && hash !== undefined) return { name, hash }
    throw new UserRefused(`${file}: entry ${index + 1} is no "name:hash"`, 'Mend or remove it; nothing was changed.')
  })
}

function readOrNull(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}

/** Whole or not at all: the registry reads the file whenever it changes. Group and mode stay as they were. */
function write(file: string, entries: Entry[]): void {
  const before = statSync(file, { throwIfNoEntry: false })
  const fresh = `${file}.${randomBytes(6).toString('hex')}`
  try {
    const descriptor = openSync(fresh, 'wx', 0o600)
    writeFileSync(descriptor, entries.map(({ name, hash }) => `${name}:${hash}\n`).join(''))
    if (before !== undefined) chownSync(fresh, before.uid, before.gid)
    chmodSync(fresh, before === undefined ? 0o640 : before.mode & 0o640)
    fsyncSync(descriptor)
    closeSync(descriptor)
    renameSync(fresh, file)
  } catch (error) {
    rmSync(fresh, { force: true })
    throw error
  }
}

function checkName(name: string): void {
  if (NAME.test(name)) return
  throw new UserRefused(
    `${JSON.stringify(name)} is no name of a user`,
    'A name has at most 64 letters, digits, ".", "_" and "-", and begins with a letter or digit.',
  )
}

function checkPassword(password: string): void {
  const hint = `Take ${MIN_PASSWORD_LENGTH} characters or more, and at most ${MAX_PASSWORD_BYTES} bytes: bcrypt looks at no more.`
  if (password.length < MIN_PASSWORD_LENGTH) throw new UserRefused('the password is too short', hint)
  if (Buffer.byteLength(password) > MAX_PASSWORD_BYTES) throw new UserRefused('the password is too long', hint)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(password)) throw new UserRefused('the password holds control characters', hint)
}

export class UserRefused extends LetterboxError {
  readonly code = 'USER_REFUSED'
  readonly fault = 'theirs'
  constructor(message: string, hint: string) {
    super(message, { hint })
  }
}
