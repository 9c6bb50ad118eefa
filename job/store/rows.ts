import { z } from 'zod'
import { AuditAction, type AuditEntry } from '../audit.ts'
import { Event, EventType } from '../event.ts'
import { Forge, Request } from '../job-file.ts'
import { Action, type Run, RunPlan, RunState, type RunStep, StepError, StepOutputs } from '../run.ts'
import type { JobRecord, OutboxMail } from '../store-port.ts'

/* How rows become the records of the port. Everything that comes out of the file is parsed, nothing is cast. */

const text = z.string()
const optional = z.string().nullable()

/** A column that holds JSON of this shape. */
function json<S extends z.ZodType>(schema: S) {
  return z.string().transform((value, context): z.output<S> => {
    const parsed = schema.safeParse(parseJson(value))
    if (parsed.success) return parsed.data
    context.addIssue({ code: 'custom', message: `stored JSON does not fit: ${z.prettifyError(parsed.error)}` })
    return z.NEVER
  })
}

function parseJson(value: string): unknown {
  try {
    return JSON.parse(value)
  } catch {
    return undefined // no schema of ours accepts it, so it is reported by the caller
  }
}

/** Columns of a run, in `runs`; its steps are read apart. */
export const RUN_COLUMNS =
  'seq, id, number, job, repository, event, ref, branch, tag, commit_id, message, author, trigger_name, state, reason, attempt, queued_at, started_at, finished_at, starts, canceled_by'

export const RunRow = z
  .object({
    seq: z.int(),
    id: text,
    number: z.int(),
    job: text,
    repository: text,
    event: EventType,
    ref: optional,
    branch: optional,
    tag: optional,
    commit_id: optional,
    message: optional,
    author: optional,
    trigger_name: text,
    state: RunState,
    reason: optional,
    attempt: z.int(),
    queued_at: text,
    started_at: optional,
    finished_at: optional,
    starts: z.int(),
    canceled_by: optional,
  })
  .transform(({ seq, starts, canceled_by, commit_id, trigger_name, queued_at, started_at, finished_at, ...run }) => ({
    seq,
    starts,
    canceledBy: canceled_by,
    run: {
      ...run,
      commit: commit_id,
      trigger: trigger_name,
      queuedAt: queued_at,
      startedAt: started_at,
      finishedAt: finished_at,
    } satisfies Omit<Run, 'steps'>,
  }))
export type RunRow = z.infer<typeof RunRow>

/** A run with its steps, keys in the order in which people read them. */
export function assembleRun({ run }: RunRow, steps: RunStep[]): Run {
  const { id, number, job, repository, event, ref, branch, tag, commit, message, author, trigger } = run
  const { state, reason, attempt, queuedAt, startedAt, finishedAt } = run
  const cause = { id, number, job, repository, event, ref, branch, tag, commit, message, author, trigger }
  return { ...cause, state, reason, attempt, queuedAt, startedAt, finishedAt, steps }
}

export const STEP_COLUMNS =
  'run, idx, action, name, state, started_at, finished_at, exit_code, error, outputs, taken_from'

export const StepRow = z
  .object({
    run: z.int(),
    idx: z.int(),
    action: Action,
    name: text,
    state: RunState,
    started_at: optional,
    finished_at: optional,
    exit_code: z.int().nullable(),
    error: json(StepError).nullable(),
    outputs: json(StepOutputs),
    taken_from: optional,
  })
  .transform(({ run, idx, action, name, state, started_at, finished_at, exit_code, error, outputs, taken_from }) => ({
    run,
    step: {
      index: idx,
      action,
      name,
      state,
      startedAt: started_at,
      finishedAt: finished_at,
      exitCode: exit_code,
      error,
      outputs,
      takenFrom: taken_from,
    } satisfies RunStep,
  }))

export const PlanRow = z.object({ plan: json(RunPlan) }).transform((row) => row.plan)

export const JobRow = z
  .object({
    id: text,
    received_at: text,
    taken_at: text,
    source: z.enum(['webhook', 'poll', 'api', 'cli', 'schedule']),
    forge: Forge.nullable(),
    delivery: optional,
    repository: optional,
    events: json(z.array(Event)),
    request: json(Request).nullable(),
    because: optional,
    duplicate_of: optional,
    runs: json(z.array(z.string())),
  })
  .transform(
    ({ received_at, taken_at, duplicate_of, because, runs, ...job }): JobRecord => ({
      ...job,
      receivedAt: received_at,
      takenAt: taken_at,
      runs,
      because,
      duplicateOf: duplicate_of,
    }),
  )

export const MailRow = z
  .object({ id: text, run: text, message_id: text, attempts: z.int(), payload: text })
  .transform(({ message_id, ...mail }): OutboxMail => ({ ...mail, messageId: message_id }))

export const AuditRow = z
  .object({
    at: text,
    action: AuditAction,
    asked_by: optional,
    source: optional,
    repository: optional,
    run: optional,
    job: optional,
    detail: text,
  })
  .transform(
    ({ at, action, asked_by, source, repository, run, job, detail }): AuditEntry => ({
      at,
      action,
      by: asked_by,
      source,
      repository,
      run,
      job,
      detail,
    }),
  )
