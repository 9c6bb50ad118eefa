import { existsSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { backup, DatabaseSync } from 'node:sqlite'
import { type Fault, LetterboxError } from '../letterbox-error.ts'
import { StoreCorrupt, StoreMissing } from './errors.ts'
import { translateError } from './translate-error.ts'

/** Copies the store into one file while the worker goes on writing, checks the copy, and only then gives it its name:
 *  what stands under `target` is whole and on disk. Returns its size in bytes. An earlier backup is replaced.
 *  @throws StoreMissing, StoreCorrupt, BackupUnwritable
 *  @see https://sqlite.org/backup.html */
export async function backUpStore(file: string, target: string): Promise<number> {
  if (!existsSync(file)) throw new StoreMissing(file)
  const unfinished = `${target}.unfinished`
  const source = openForBackup(file)
  try {
    await backup(source, unfinished)
    seal(unfinished)
    const bytes = await syncFile(unfinished)
    await rename(unfinished, target)
    await syncFile(dirname(target))
    return bytes
  } catch (error) {
    await rm(unfinished, { force: true })
    if (error instanceof LetterboxError) throw error
    throw new BackupUnwritable(target, error)
  } finally {
    source.close()
  }
}

function openForBackup(file: string): DatabaseSync {
  try {
    return new DatabaseSync(file, { readOnly: true, timeout: 5000 })
  } catch (error) {
    throw translateError(error, file)
  }
}

/** A backup is one file: no -wal or -shm belongs to it. */
function seal(file: string): void {
  const copy = new DatabaseSync(file)
  try {
    copy.exec('PRAGMA journal_mode = DELETE')
    const problem = copy.prepare('PRAGMA integrity_check(1)').get()?.integrity_check
    if (problem !== 'ok') throw new StoreCorrupt(file, String(problem))
  } finally {
    copy.close()
  }
}

async function syncFile(path: string): Promise<number> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
    return (await handle.stat()).size
  } finally {
    await handle.close()
  }
}

/** The backup could not be written; the store itself is as it was. */
export class BackupUnwritable extends LetterboxError {
  readonly code = 'BACKUP_UNWRITABLE'
  readonly fault: Fault = 'ours'

  constructor(target: string, cause: unknown) {
    super(`The backup ${target} cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`, {
      hint: 'Name a file in a folder that exists, that you may write to, and that has room for the store.',
      cause,
    })
  }
}
