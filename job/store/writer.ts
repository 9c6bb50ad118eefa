import { z } from 'zod'
import type { Event } from '../event.ts'
import type { Run, RunPlan } from '../run.ts'
import type { JobOutcome, NewRun, RunEnd, StepChange, StoreReader, StoreWriter, TakenStep } from '../store-port.ts'
import { auditOutcome, writeAudit } from './audit.ts'
import type { Connection } from './connection.ts'
import { RunEnded, RunUnknown } from './errors.ts'
import { createOutbox } from './outbox.ts'
import { prune } from './prune.ts'
import { findRunById, withSteps } from './reader.ts'
import { PlanRow, RUN_COLUMNS, RunRow, STEP_COLUMNS, StepRow } from './rows.ts'

type Writing = Omit<StoreWriter, keyof StoreReader>

const NO_OUTPUTS = { image: null, imageId: null, digest: null, tags: [], versionLabel: null, address: null }

/** The changes of StoreWriter over one connection. */
export function createWriter(connection: Connection): Writing {
  return {
    recordJob: (outcome, takenAt) => connection.transaction(() => recordJob(connection, outcome, takenAt)),
    openRuns: () => openRuns(connection),
    plan: (runId) => readPlan(connection, runId),
    startRun: (runId, at) => connection.transaction(() => startRun(connection, runId, at)),
    layDown: (runId) => layDown(connection, runId),
    setCommit: (runId, commit, event) => connection.transaction(() => setCommit(connection, runId, commit, event)),
    setStep: (runId, index, change) => connection.transaction(() => setStep(connection, runId, index, change)),
    endRun: (end) => connection.transaction(() => endRun(connection, end)),
    previousRun: (runId) => previousRun(connection, runId),
    keepAudit: (entry) => writeAudit(connection, entry),
    keepConfig(digest, json) {
      connection.change('INSERT INTO configs (digest, json) VALUES (?, ?) ON CONFLICT DO NOTHING', digest, json)
    },
    config: (digest) =>
      connection.get(z.object({ json: z.string() }), 'SELECT json FROM configs WHERE digest = ?', digest)?.json ?? null,
    ...createOutbox(connection),
    prune: (keep, now) => connection.transaction(() => prune(connection, keep, now)),
    transaction: (work) => connection.transaction(work),
  }
}

function recordJob(connection: Connection, outcome: JobOutcome, takenAt: string): boolean {
  const { job, repository, because, duplicateOf } = outcome
  const added = connection.change(
    `INSERT INTO jobs (id, received_at, taken_at, source, forge, delivery, repository, events, request, because, duplicate_of)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
    job.id,
    job.receivedAt,
    takenAt,
    job.source,
    job.forge,
    job.delivery,
    repository,
    JSON.stringify(job.events),
    'request' in job ? JSON.stringify(job.request) : null,
    because,
    duplicateOf,
  )
  if (added === 0) return false
  remember(connection, outcome)
  for (const run of outcome.runs) insertRun(connection, job.id, run, takenAt)
  if (outcome.cancels) rememberCancel(connection, outcome.cancels)
  auditOutcome(connection, outcome, takenAt)
  return true
}

/** A duplicate is not remembered: what it repeats already is. */
function remember(connection: Connection, { job, bodyDigest, duplicateOf }: JobOutcome): void {
  if (job.forge === null || bodyDigest === null || duplicateOf !== null) return
  const sql = 'INSERT INTO seen (forge, delivery, body_digest, job) VALUES (?, ?, ?, ?)'
  connection.change(sql, job.forge, job.delivery, bodyDigest, job.id)
}

/** The first who asks is the one that the reason names. */
function rememberCancel(connection: Connection, { run, by }: { run: string; by: string }): void {
  const sql = `UPDATE runs SET canceled_by = ? WHERE id = ? AND canceled_by IS NULL AND state IN ('queued', 'running')`
  connection.change(sql, by, run)
}

function insertRun(connection: Connection, job: string, run: NewRun, queuedAt: string): void {
  const { event } = run.plan
  connection.change(
    `INSERT INTO runs (id, number, job, repository, event, ref, branch, tag, commit_id, message, author, trigger_name,
                       state, attempt, queued_at, config)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'queued', ?, ?, ?)`,
    run.id,
    nextNumber(connection, run.repository),
    job,
    run.repository,
    event.type,
    event.ref,
    event.branch,
    event.tag,
    event.commit,
    event.message,
    authorName(event),
    run.trigger,
    run.attempt,
    queuedAt,
    run.plan.config,
  )
  const plan = 'INSERT INTO plans (run, plan) SELECT seq, ? FROM runs WHERE id = ?'
  connection.change(plan, JSON.stringify(run.plan), run.id)
  const step = `INSERT INTO steps (run, idx, action, name, state, outputs) SELECT seq, ?, ?, ?, 'queued', ? FROM runs WHERE id = ?`
  for (const [index, { action, name }] of run.steps.entries()) {
    connection.change(step, index, action, name, JSON.stringify(NO_OUTPUTS), run.id)
  }
  for (const taken of run.taken ?? []) insertTaken(connection, run.id, taken)
}

function insertTaken(connection: Connection, runId: string, taken: TakenStep): void {
  connection.change(
    `UPDATE steps SET state = ?, exit_code = ?, error = ?, outputs = ?, taken_from = ?
     WHERE run = (SELECT seq FROM runs WHERE id = ?) AND idx = ?`,
    taken.state,
    taken.exitCode,
    taken.error === null ? null : JSON.stringify(taken.error),
    JSON.stringify(taken.outputs),
    taken.from,
    runId,
    taken.index,
  )
}

/** Numbers have their own table, so that they go on counting after old runs were pruned. */
function nextNumber(connection: Connection, repository: string): number {
  const sql = `INSERT INTO counters (repository, last) VALUES (?, 1)
               ON CONFLICT (repository) DO UPDATE SET last = last + 1 RETURNING last`
  return connection.get(z.object({ last: z.int() }), sql, repository)?.last ?? 1
}

function authorName({ author }: Event): string | null {
  return author?.name ?? author?.login ?? author?.email ?? null
}

function openRuns(connection: Connection): ReturnType<StoreWriter['openRuns']> {
  const sql = `SELECT ${RUN_COLUMNS} FROM runs WHERE state IN ('queued', 'running') ORDER BY seq`
  const rows = connection.all(RunRow, sql)
  const runs = withSteps(connection, rows)
  return runs.map((run, at) => ({
    run,
    plan: readPlan(connection, run.id),
    starts: rows[at]?.starts ?? 0,
    canceledBy: rows[at]?.canceledBy ?? null,
  }))
}

function readPlan(connection: Connection, runId: string): RunPlan {
  const sql = 'SELECT plan FROM plans WHERE run = (SELECT seq FROM runs WHERE id = ?)'
  const plan = connection.get(PlanRow, sql, runId)
  if (plan === null) throw new RunUnknown(runId)
  return plan
}

function startRun(connection: Connection, runId: string, at: string): number {
  openRun(connection, runId)
  const sql = `UPDATE runs SET state = 'running', started_at = coalesce(started_at, ?), starts = starts + 1
               WHERE id = ? RETURNING starts`
  return connection.get(z.object({ starts: z.int() }), sql, at, runId)?.starts ?? 1
}

function layDown(connection: Connection, runId: string): void {
  const sql = `UPDATE runs SET starts = max(starts - 1, 0) WHERE id = ? AND state IN ('queued', 'running')`
  connection.change(sql, runId)
}

function setCommit(connection: Connection, runId: string, commit: string, event: Event): void {
  const { seq } = openRun(connection, runId)
  connection.change(
    'UPDATE runs SET commit_id = ?, ref = ?, branch = ?, tag = ?, message = ?, author = ? WHERE seq = ?',
    commit,
    event.ref,
    event.branch,
    event.tag,
    event.message,
    authorName(event),
    seq,
  )
  const plan = JSON.stringify({ ...readPlan(connection, runId), event })
  connection.change('UPDATE plans SET plan = ? WHERE run = ?', plan, seq)
}

function setStep(connection: Connection, runId: string, index: number, change: Partial<StepChange>): void {
  const { seq } = openRun(connection, runId)
  const row = connection.get(StepRow, `SELECT ${STEP_COLUMNS} FROM steps WHERE run = ? AND idx = ?`, seq, index)
  if (row === null) throw new RunUnknown(`${runId} step ${index}`)
  const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined))
  const step = { ...row.step, ...given }
  connection.change(
    `UPDATE steps SET state = ?, started_at = ?, finished_at = ?, exit_code = ?, error = ?, outputs = ?
     WHERE run = ? AND idx = ?`,
    step.state,
    step.startedAt,
    step.finishedAt,
    step.exitCode,
    step.error === null ? null : JSON.stringify(step.error),
    JSON.stringify(step.outputs),
    seq,
    index,
  )
}

function endRun(connection: Connection, end: RunEnd): boolean {
  const ended = connection.change(
    `UPDATE runs SET state = ?, reason = ?, finished_at = ? WHERE id = ? AND state IN ('queued', 'running')`,
    end.state,
    end.reason,
    end.at,
    end.run,
  )
  const row = findRunById(connection, end.run)
  if (row === null) throw new RunUnknown(end.run)
  if (ended === 0) return false
  closeSteps(connection, row.seq, end)
  const mail = 'INSERT INTO outbox (id, run, message_id, payload, next_at) VALUES (?, ?, ?, ?, ?)'
  for (const { id, messageId, payload } of end.mails) {
    connection.change(mail, id, row.seq, messageId, payload, end.at)
  }
  return true
}

/** A step that never began is `skipped`; one that was under way shares the end of its run. */
function closeSteps(connection: Connection, seq: number, { state, at }: RunEnd): void {
  const begun = state === 'canceled' || state === 'failed' ? state : 'skipped'
  const sql = `UPDATE steps SET state = ?, finished_at = ? WHERE run = ? AND state = 'running'`
  connection.change(sql, begun, at, seq)
  const waiting = state === 'canceled' ? 'canceled' : 'skipped'
  connection.change(`UPDATE steps SET state = ? WHERE run = ? AND state = 'queued'`, waiting, seq)
}

function previousRun(connection: Connection, runId: string): Run | null {
  const run = findRunById(connection, runId)
  if (run === null) throw new RunUnknown(runId)
  const sql = `SELECT ${RUN_COLUMNS} FROM runs
               WHERE repository = ? AND ref IS ? AND trigger_name = ? AND seq < ? AND state IN ('succeeded', 'failed')
               ORDER BY seq DESC LIMIT 1`
  const { repository, ref, trigger } = run.run
  const before = connection.get(RunRow, sql, repository, ref, trigger, run.seq)
  return before === null ? null : (withSteps(connection, [before])[0] ?? null)
}

/** @throws RunUnknown, RunEnded */
function openRun(connection: Connection, runId: string): RunRow {
  const row = findRunById(connection, runId)
  if (row === null) throw new RunUnknown(runId)
  const { state } = row.run
  if (state !== 'queued' && state !== 'running') throw new RunEnded(runId, state)
  return row
}
