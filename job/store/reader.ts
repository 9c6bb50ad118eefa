import { z } from 'zod'
import type { Run, RunStep } from '../run.ts'
import type { JobRecord, RunFilter, StoreReader } from '../store-port.ts'
import { readAudit } from './audit.ts'
import type { Connection } from './connection.ts'
import { assembleRun, JobRow, RUN_COLUMNS, RunRow, STEP_COLUMNS, StepRow } from './rows.ts'

const DEFAULT_LIMIT = 50
const SHORTEST_PREFIX = 6
/** sorts after every id that starts with the same text */
const LAST = '\u{10ffff}'

const JOB_COLUMNS = `id, received_at, taken_at, source, forge, delivery, repository, events, request, because, duplicate_of,
  (SELECT json_group_array(r.id) FROM (SELECT id FROM runs WHERE job = jobs.id ORDER BY seq) AS r) AS runs`

/** The queries of StoreReader over one connection. */
export function createReader(connection: Connection): Omit<StoreReader, 'close'> {
  return {
    runs: (filter = {}) => withSteps(connection, findRuns(connection, filter)),
    run(reference) {
      const row = findRun(connection, reference)
      return row === null ? null : (withSteps(connection, [row])[0] ?? null)
    },
    job: (id) => connection.get(JobRow, `SELECT ${JOB_COLUMNS} FROM jobs WHERE id = ?`, id),
    delivery: (reference) => findDelivery(connection, reference),
    deliveries: (filter = {}) => findDeliveries(connection, filter),
    seen: (forge, delivery, bodyDigest) => findSeen(connection, forge, delivery, bodyDigest),
    audit: (filter = {}) => readAudit(connection, filter),
    counts: () => ({
      queued: count(connection, `SELECT count(*) AS n FROM runs WHERE state = 'queued'`),
      running: count(connection, `SELECT count(*) AS n FROM runs WHERE state = 'running'`),
      outbox: count(connection, `SELECT count(*) AS n FROM outbox WHERE state = 'waiting'`),
    }),
  }
}

/** Adds the steps of all these runs, with one query. */
export function withSteps(connection: Connection, rows: RunRow[]): Run[] {
  const steps = new Map<number, RunStep[]>(rows.map((row) => [row.seq, []]))
  const found = connection.all(
    StepRow,
    `SELECT ${STEP_COLUMNS} FROM steps WHERE run IN (SELECT value FROM json_each(?)) ORDER BY run, idx`,
    JSON.stringify([...steps.keys()]),
  )
  for (const { run, step } of found) steps.get(run)?.push(step)
  return rows.map((row) => assembleRun(row, steps.get(row.seq) ?? []))
}

/** By its whole id only. */
export function findRunById(connection: Connection, id: string): RunRow | null {
  return connection.get(RunRow, `SELECT ${RUN_COLUMNS} FROM runs WHERE id = ?`, id)
}

function findRuns(connection: Connection, filter: RunFilter): RunRow[] {
  const conditions: string[] = []
  const values: string[] = []
  for (const column of ['repository', 'branch', 'state'] as const) {
    const wanted = filter[column]
    if (wanted === undefined) continue
    conditions.push(`${column} = ?`)
    values.push(wanted)
  }
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`
  const sql = `SELECT ${RUN_COLUMNS} FROM runs ${where} ORDER BY seq DESC LIMIT ?`
  return connection.all(RunRow, sql, ...values, rowLimit(filter.limit))
}

function findRun(connection: Connection, reference: string): RunRow | null {
  const numbered = /^(.+)#([1-9]\d{0,14})$/.exec(reference)
  if (numbered) {
    const sql = `SELECT ${RUN_COLUMNS} FROM runs WHERE repository = ? AND number = ?`
    return connection.get(RunRow, sql, numbered[1] ?? '', Number(numbered[2]))
  }
  return findRunById(connection, reference) ?? findRunByPrefix(connection, reference.toUpperCase())
}

function findRunByPrefix(connection: Connection, prefix: string): RunRow | null {
  if (prefix.length < SHORTEST_PREFIX) return null
  const sql = `SELECT ${RUN_COLUMNS} FROM runs WHERE id >= ? AND id < ? LIMIT 2`
  const [only, another] = connection.all(RunRow, sql, prefix, prefix + LAST)
  return only !== undefined && another === undefined ? only : null
}

/** The same delivery may have come more than once: the one that counted comes first. */
function findDelivery(connection: Connection, reference: string): JobRecord | null {
  const byId = connection.get(JobRow, `SELECT ${JOB_COLUMNS} FROM jobs WHERE id = ?`, reference)
  if (byId !== null) return byId
  const sql = `SELECT ${JOB_COLUMNS} FROM jobs WHERE delivery = ? ORDER BY duplicate_of IS NOT NULL, seq LIMIT 1`
  return connection.get(JobRow, sql, reference)
}

function findDeliveries(
  connection: Connection,
  filter: { repository?: string | undefined; limit?: number | undefined },
): JobRecord[] {
  const limit = rowLimit(filter.limit)
  if (filter.repository === undefined) {
    return connection.all(JobRow, `SELECT ${JOB_COLUMNS} FROM jobs ORDER BY seq DESC LIMIT ?`, limit)
  }
  const sql = `SELECT ${JOB_COLUMNS} FROM jobs WHERE repository = ? ORDER BY seq DESC LIMIT ?`
  return connection.all(JobRow, sql, filter.repository, limit)
}

function findSeen(connection: Connection, forge: string, delivery: string, bodyDigest: string): string | null {
  const SeenRow = z.object({ job: z.string() })
  const byDelivery = 'SELECT job FROM seen WHERE forge = ? AND delivery = ? ORDER BY seq LIMIT 1'
  const byBody = 'SELECT job FROM seen WHERE forge = ? AND body_digest = ? ORDER BY seq LIMIT 1'
  const row = connection.get(SeenRow, byDelivery, forge, delivery) ?? connection.get(SeenRow, byBody, forge, bodyDigest)
  return row?.job ?? null
}

function count(connection: Connection, sql: string): number {
  return connection.get(z.object({ n: z.int() }), sql)?.n ?? 0
}

function rowLimit(limit: number | undefined): number {
  return Math.max(1, Math.trunc(limit ?? DEFAULT_LIMIT))
}
