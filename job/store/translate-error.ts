import { LetterboxError } from '../letterbox-error.ts'
import { StoreCorrupt, StoreFull, StoreUnavailable } from './errors.ts'

/** Result codes of SQLite's C interface that have a meaning for the operator. @see https://sqlite.org/rescode.html */
const PERM = 3
const BUSY = 5
const LOCKED = 6
const READONLY = 8
const IOERR = 10
const CORRUPT = 11
const FULL = 13
const CANTOPEN = 14
const NOTADB = 26

/** SQLite's primary result code, or null when the thrown value is not SQLite's. */
export function sqliteCode(error: unknown): number | null {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return null
  return error.errcode & 0xff
}

/** Turns what node:sqlite throws into a typed error; what it does not know (a defect of ours) comes back as it was. */
export function translateError(error: unknown, file: string): unknown {
  if (error instanceof LetterboxError || !(error instanceof Error)) return error
  const options = { cause: error }
  switch (sqliteCode(error)) {
    case FULL:
      return new StoreFull(file, options)
    case CORRUPT:
    case NOTADB:
      return new StoreCorrupt(file, error.message, options)
    case BUSY:
    case LOCKED:
      return new StoreUnavailable(file, 'another program holds its lock', options)
    case PERM:
    case READONLY:
    case IOERR:
    case CANTOPEN:
      return new StoreUnavailable(file, error.message, options)
    default:
      return error
  }
}
