import { z } from 'zod'
import { pruneAudit } from './audit.ts'
import type { Connection } from './connection.ts'

const DAY_MS = 86_400_000
/** One call deletes at most this many runs, so that the worker never stands still for long; the next goes on. */
const BATCH = 1000
/** The last verdict of a branch is kept for `on: change` until nobody has built that branch for a year. */
const VERDICT_DAYS = 365
/** Deliveries are remembered against replay long after their records are gone (about 200 bytes each). */
const SEEN_ROWS = 1_000_000
/** Configs that no run refers to (any more); the newest may be about to get one. */
const SPARE_CONFIGS = 10

const IdRow = z.object({ id: z.string() })

/* ?1 oldest end to keep, ?2 first seq to keep, ?3 oldest verdict to keep. Finished runs beyond either limit: `runs` bounds the disk, `days` bounds the age. */
const PRUNABLE = `
  SELECT id FROM runs AS r
  WHERE state NOT IN ('queued', 'running')
    AND (finished_at < ?1 OR seq < ?2)
    AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.run = r.seq AND outbox.state = 'waiting')
    AND (tag IS NOT NULL OR state NOT IN ('succeeded', 'failed') OR finished_at < ?3 OR EXISTS (
      SELECT 1 FROM runs AS newer
      WHERE newer.repository = r.repository AND newer.ref IS r.ref AND newer.trigger_name = r.trigger_name
        AND newer.seq > r.seq AND newer.state IN ('succeeded', 'failed')))
  ORDER BY seq LIMIT ${BATCH}`

/** Deletes what is older than `days` or beyond the newest `runs`, see PRUNABLE; then job records without runs beyond
 *  the same limits, and configs that no run needs. Returns the ids of the deleted runs. */
export function prune(connection: Connection, keep: { runs: number; days: number }, now: string): string[] {
  const oldest = daysBefore(now, keep.days)
  const pruned = pruneRuns(connection, keep, now)
  const job = `DELETE FROM jobs
    WHERE NOT EXISTS (SELECT 1 FROM runs WHERE runs.job = jobs.id)
      AND (taken_at < ? OR seq < coalesce((SELECT seq FROM jobs ORDER BY seq DESC LIMIT 1 OFFSET ?), 0))`
  connection.change(job, oldest, keep.runs - 1)
  connection.change('DELETE FROM seen WHERE seq <= (SELECT max(seq) FROM seen) - ?', SEEN_ROWS)
  const config = `DELETE FROM configs
    WHERE NOT EXISTS (SELECT 1 FROM runs WHERE runs.config = configs.digest)
      AND seq <= (SELECT max(seq) FROM configs) - ?`
  connection.change(config, SPARE_CONFIGS)
  pruneAudit(connection, oldest)
  return pruned
}

function pruneRuns(connection: Connection, keep: { runs: number; days: number }, now: string): string[] {
  const oldest = daysBefore(now, keep.days)
  const oldestVerdict = daysBefore(now, Math.max(keep.days, VERDICT_DAYS))
  const rows = connection.all(IdRow, PRUNABLE, oldest, firstKept(connection, keep.runs), oldestVerdict)
  const ids = rows.map((row) => row.id)
  connection.change('DELETE FROM runs WHERE id IN (SELECT value FROM json_each(?))', JSON.stringify(ids))
  return ids
}

/** `seq` of the oldest among the newest finished `runs`. */
function firstKept(connection: Connection, runs: number): number {
  const sql = `SELECT seq FROM runs WHERE state NOT IN ('queued', 'running') ORDER BY seq DESC LIMIT 1 OFFSET ?`
  return connection.get(z.object({ seq: z.int() }), sql, runs - 1)?.seq ?? 0
}

function daysBefore(now: string, days: number): string {
  return new Date(Date.parse(now) - days * DAY_MS).toISOString()
}
