import { closeSync, constants, fchmodSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import type { StoreWriter } from '../store-port.ts'
import { createConnection } from './connection.ts'
import { StoreCorrupt, StoreUnavailable } from './errors.ts'
import { createReader } from './reader.ts'
import { migrate } from './schema.ts'
import { translateError } from './translate-error.ts'
import { createWriter } from './writer.ts'

const BUSY_TIMEOUT_MS = 5000

/** Opens the store for the worker alone (the caller holds the worker's lock); makes and migrates it where needed.
 *  Every write is on the disk when its call returns. `relieve` is asked to make room when a write found the disk full;
 *  where it did, the write is done once more.
 *  @throws StoreTooNew, StoreCorrupt, StoreFull, StoreUnavailable */
export function openStoreWriter(file: string, relieve: () => boolean = () => false): StoreWriter {
  touch(file)
  const database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: true })
  try {
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
    check(database, file)
    migrate(database, file)
  } catch (error) {
    database.close()
    throw translateError(error, file)
  }
  const connection = createConnection(database, file, relieve)
  return { ...createReader(connection), ...createWriter(connection), close: connection.close }
}

/** Makes the file readable to the web program whatever the umask; SQLite gives -wal and -shm the same mode. */
function touch(file: string): void {
  try {
    const fd = openSync(file, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o644)
    fchmodSync(fd, 0o644)
    closeSync(fd)
  } catch (error) {
    throw new StoreUnavailable(file, error instanceof Error ? error.message : String(error), { cause: error })
  }
}

function check(database: DatabaseSync, file: string): void {
  const result = database.prepare('PRAGMA quick_check(1)').get()?.quick_check
  if (result !== 'ok') throw new StoreCorrupt(file, `its check found: ${String(result)}`)
}
