import type { AuditEntry, AuditFilter } from '../audit.ts'
import type { JobOutcome } from '../store-port.ts'
import type { Connection } from './connection.ts'
import { AuditRow } from './rows.ts'

/** The log is bounded whatever arrives: a flood of refused files must not fill the disk. */
const MAX_ROWS = 100_000
const BOUND_EVERY = 1000
const MAX_DETAIL = 500
const DEFAULT_LIMIT = 50

export function writeAudit(connection: Connection, entry: AuditEntry): void {
  const sql = `INSERT INTO audit (at, action, asked_by, source, repository, run, job, detail) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`
  const { at, action, by, source, repository, run, job } = entry
  connection.change(sql, at, action, by, source, repository, run, job, oneLine(entry.detail))
  const bound = `DELETE FROM audit WHERE seq <= (SELECT max(seq) FROM audit) - ?
                 AND (SELECT max(seq) FROM audit) % ? = 0`
  connection.change(bound, MAX_ROWS, BOUND_EVERY)
}

/** What a recorded job file means for the log: called in the transaction that records it. */
export function auditOutcome(connection: Connection, outcome: JobOutcome, at: string): void {
  for (const entry of entriesOf(outcome)) {
    const { job, repository } = outcome
    writeAudit(connection, { at, source: job.source, repository, job: job.id, ...entry })
  }
}

type Entry = Pick<AuditEntry, 'action' | 'by' | 'run' | 'detail'>

function entriesOf(outcome: JobOutcome): Entry[] {
  const { job, runs, because } = outcome
  if ('request' in job) return [requestEntry(job.request, outcome)]
  const by = job.events[0]?.sender?.login ?? job.events[0]?.sender?.name ?? null
  if (outcome.duplicateOf !== null)
    return [{ action: 'repeated', by, run: null, detail: because ?? 'it was here before' }]
  return runs.map(({ id, trigger, plan }) => {
    const { type, ref, commit } = plan.event
    return { action: 'triggered', by, run: id, detail: `${trigger}: ${type} ${ref ?? ''} ${commit ?? ''}`.trim() }
  })
}

function requestEntry(
  request: Extract<JobOutcome['job'], { request: object }>['request'],
  { runs, because }: JobOutcome,
): Entry {
  const started = runs.map(({ id }) => id).join(', ')
  const common = { by: request.by, run: 'run' in request ? request.run : (runs[0]?.id ?? null) }
  switch (request.kind) {
    case 'trigger': {
      const ref = request.tag === null ? `branch ${request.branch}` : `tag ${request.tag}`
      return { ...common, action: 'triggered', detail: `${ref}: ${started || (because ?? 'nothing starts')}` }
    }
    case 'retry':
      return { ...common, action: 'retried', detail: started || (because ?? 'nothing starts') }
    case 'cancel':
      return { ...common, action: 'canceled', detail: because ?? 'asked for' }
    case 'clean':
      return { ...common, action: 'cleaned', detail: because ?? 'asked for' }
    case 'site-rollback':
    case 'site-remove':
      return { ...common, action: 'site-changed', detail: because ?? request.host }
    default:
      return request satisfies never
  }
}

/** Newest first. */
export function readAudit(connection: Connection, filter: AuditFilter): AuditEntry[] {
  const wanted = [
    ['action', filter.action],
    ['repository', filter.repository],
    ['asked_by', filter.by],
  ] as const
  const set = wanted.flatMap(([column, value]) => (value === undefined ? [] : [{ column, value }]))
  const where = set.length === 0 ? '' : `WHERE ${set.map(({ column }) => `${column} = ?`).join(' AND ')}`
  const sql = `SELECT at, action, asked_by, source, repository, run, job, detail FROM audit ${where} ORDER BY seq DESC LIMIT ?`
  const limit = Math.max(1, Math.trunc(filter.limit ?? DEFAULT_LIMIT))
  return connection.all(AuditRow, sql, ...set.map(({ value }) => value), limit)
}

export function pruneAudit(connection: Connection, oldest: string): void {
  connection.change('DELETE FROM audit WHERE at < ?', oldest)
}

function oneLine(text: string): string {
  return text
    .replace(/\p{Cc}+/gu, ' ')
    .toWellFormed()
    .slice(0, MAX_DETAIL)
}
