import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import { z } from 'zod'
import { StoreCorrupt, StoreFull } from './errors.ts'
import { translateError } from './translate-error.ts'

/** One open database: statements are prepared once per text, rows are parsed, errors are typed. */
export type Connection = {
  readonly file: string
  readonly database: DatabaseSync
  all<T>(row: z.ZodType<T>, sql: string, ...values: SQLInputValue[]): T[]
  get<T>(row: z.ZodType<T>, sql: string, ...values: SQLInputValue[]): T | null
  /** Runs a statement that changes rows; returns how many. */
  change(sql: string, ...values: SQLInputValue[]): number
  /** All or nothing; nested calls are savepoints. */
  transaction<T>(work: () => T): T
  close(): void
}

export function createConnection(
  database: DatabaseSync,
  file: string,
  relieve: () => boolean = () => false,
): Connection {
  const statements = new Map<string, StatementSync>()
  let depth = 0

  function prepare(sql: string): StatementSync {
    const known = statements.get(sql)
    if (known) return known
    const made = database.prepare(sql)
    statements.set(sql, made)
    return made
  }

  function typed<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      throw translateError(error, file)
    }
  }

  function parse<T>(row: z.ZodType<T>, value: unknown): T {
    const parsed = row.safeParse(value)
    if (parsed.success) return parsed.data
    throw new StoreCorrupt(file, `a record does not have its shape (${z.prettifyError(parsed.error)})`)
  }

  /** Outside of a transaction a write that found the disk full has changed nothing: it can be done again. */
  function relieved<T>(write: () => T): T {
    const isWhole = depth === 0
    try {
      return write()
    } catch (error) {
      if (!isWhole || !(error instanceof StoreFull) || !relieve()) throw error
      return write()
    }
  }

  function transaction<T>(work: () => T): T {
    const name = `level${depth}`
    typed(() => database.exec(depth === 0 ? 'BEGIN IMMEDIATE' : `SAVEPOINT ${name}`))
    depth += 1
    try {
      const result = work()
      typed(() => database.exec(depth === 1 ? 'COMMIT' : `RELEASE ${name}`))
      return result
    } catch (error) {
      // a full disk makes SQLite roll back by itself, then there is nothing left to undo
      if (database.isTransaction) database.exec(depth === 1 ? 'ROLLBACK' : `ROLLBACK TO ${name}; RELEASE ${name}`)
      throw error
    } finally {
      depth -= 1
    }
  }

  return {
    file,
    database,
    all: (row, sql, ...values) => typed(() => prepare(sql).all(...values)).map((value) => parse(row, value)),
    get: (row, sql, ...values) => {
      const value = typed(() => prepare(sql).get(...values))
      return value === undefined ? null : parse(row, value)
    },
    change: (sql, ...values) => relieved(() => typed(() => Number(prepare(sql).run(...values).changes))),
    transaction: (work) => relieved(() => transaction(work)),
    close: () => {
      if (database.isOpen) database.close()
    },
  }
}
