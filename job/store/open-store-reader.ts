import { type Stats, statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import type { StoreReader } from '../store-port.ts'
import { type Connection, createConnection } from './connection.ts'
import { StoreMissing, StoreTooNew, StoreTooOld, StoreUnavailable } from './errors.ts'
import { createReader } from './reader.ts'
import { SCHEMA_VERSION, schemaVersion } from './schema.ts'
import { sqliteCode, translateError } from './translate-error.ts'

const BUSY_TIMEOUT_MS = 5000
const CANTOPEN = 14
const READONLY = 8

type Reading = Omit<StoreReader, 'close'>
/** `still`: nobody writes, and the folder cannot be written either, so SQLite was told to take the file as it is. */
type Opened = { connection: Connection; reading: Reading; still: boolean; fingerprint: string }

/** Opens the store for reading: while the worker writes, while no worker runs, and on a read-only mount. A reader may
 *  live as long as its program: it notices when a worker starts to write or when the file is replaced.
 *  @throws StoreMissing, StoreTooOld, StoreTooNew, StoreCorrupt, StoreUnavailable */
export function openStoreReader(file: string): StoreReader {
  /** null while there is no store to read; each call tries again */
  let opened: Opened | null = open(file)

  function reopen(): Opened {
    opened?.connection.close()
    opened = null
    opened = open(file)
    return opened
  }

  function read<T>(query: (reading: Reading) => T): T {
    const current = opened === null || isOutdated(opened, file) ? reopen() : opened
    if (!current.still) return query(current.reading)
    // nothing locks a still file: an answer counts only when no worker began to write meanwhile
    const answer = attempt(() => query(current.reading))
    if (isOutdated(current, file)) return query(reopen().reading)
    if (answer.kind === 'threw') throw answer.error
    return answer.value
  }

  return {
    runs: (filter) => read((reading) => reading.runs(filter)),
    run: (reference) => read((reading) => reading.run(reference)),
    job: (id) => read((reading) => reading.job(id)),
    delivery: (reference) => read((reading) => reading.delivery(reference)),
    deliveries: (filter) => read((reading) => reading.deliveries(filter)),
    seen: (forge, delivery, bodyDigest) => read((reading) => reading.seen(forge, delivery, bodyDigest)),
    counts: () => read((reading) => reading.counts()),
    audit: (filter) => read((reading) => reading.audit(filter)),
    close: () => opened?.connection.close(),
  }
}

function open(file: string): Opened {
  const stat = statSync(file, { throwIfNoEntry: false })
  if (stat === undefined || stat.size === 0) throw new StoreMissing(file)
  const { database, still } = openDatabase(file)
  const fingerprint = fingerprintOf(stat, still)
  try {
    const version = schemaVersion(database, file)
    if (version === 0) throw new StoreMissing(file)
    if (version < SCHEMA_VERSION) throw new StoreTooOld(file, version, SCHEMA_VERSION)
    if (version > SCHEMA_VERSION) throw new StoreTooNew(file, version, SCHEMA_VERSION)
  } catch (error) {
    database.close()
    throw translateError(error, file)
  }
  const connection = createConnection(database, file)
  return { connection, reading: createReader(connection), still, fingerprint }
}

/** SQLite cannot read a WAL store without its -wal and -shm files, and a reader without write permission cannot make
 *  them; `immutable` does without. @see https://sqlite.org/wal.html "Read-Only Databases" */
function openDatabase(file: string): { database: DatabaseSync; still: boolean } {
  try {
    return { database: openReadOnly(file), still: false }
  } catch (error) {
    const code = sqliteCode(error)
    if (code !== CANTOPEN && code !== READONLY) throw translateError(error, file)
    if (hasWal(file)) throw new StoreUnavailable(file, 'its -wal file is there, but cannot be read', { cause: error })
  }
  try {
    const url = pathToFileURL(file)
    url.searchParams.set('immutable', '1')
    return { database: openReadOnly(url), still: true }
  } catch (error) {
    throw translateError(error, file)
  }
}

function openReadOnly(location: string | URL): DatabaseSync {
  const database = new DatabaseSync(location, { readOnly: true, timeout: BUSY_TIMEOUT_MS })
  try {
    database.prepare('SELECT count(*) FROM sqlite_schema').get() // the first read is what opens -wal and -shm
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

function isOutdated({ still, fingerprint }: Opened, file: string): boolean {
  if (still && hasWal(file)) return true
  const stat = statSync(file, { throwIfNoEntry: false })
  return stat === undefined || fingerprintOf(stat, still) !== fingerprint
}

/** SQLite itself notices writes, but not that the file was replaced; to a still file it is blind altogether. */
function fingerprintOf({ ino, size, mtimeMs }: Stats, still: boolean): string {
  return still ? `${ino} ${size} ${mtimeMs}` : `${ino}`
}

function hasWal(file: string): boolean {
  return (statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0
}

function attempt<T>(work: () => T): { kind: 'value'; value: T } | { kind: 'threw'; error: unknown } {
  try {
    return { kind: 'value', value: work() }
  } catch (error) {
    return { kind: 'threw', error }
  }
}
