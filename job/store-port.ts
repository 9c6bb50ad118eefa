import type { AuditEntry, AuditFilter } from './audit.ts'
import type { Event } from './event.ts'
import type { Forge, JobFile, Request } from './job-file.ts'
import type { Run, RunPlan, RunState, RunStep, StepError, StepOutputs, StepState } from './run.ts'

/** What became of a job file, kept so that "why did my push start nothing" has an answer. */
export type JobRecord = {
  id: string
  receivedAt: string
  takenAt: string
  source: JobFile['source']
  forge: Forge | null
  delivery: string | null
  /** `host/path`, null for retry and cancel */
  repository: string | null
  events: Event[]
  request: Request | null
  /** ids of the runs it caused */
  runs: string[]
  /** why it started nothing (or less than all); null when it simply started its runs */
  because: string | null
  /** the job id that this one repeats */
  duplicateOf: string | null
}

export type NewRun = {
  id: string
  plan: RunPlan
  repository: string
  trigger: string
  attempt: number
  steps: { action: Run['steps'][number]['action']; name: string }[]
  /** steps that an earlier run has carried out already; they are not run again */
  taken?: TakenStep[]
}

/** How a step ended in an earlier run, for a retry that begins behind it. */
export type TakenStep = Pick<RunStep, 'index' | 'state' | 'exitCode' | 'error' | 'outputs'> & { from: string }

/** Everything that one job file causes; recorded in one transaction, so that a crash leaves all or nothing. */
export type JobOutcome = {
  job: JobFile
  /** sha256 hex over `forge` + NUL + raw body; null for requests */
  bodyDigest: string | null
  repository: string | null
  runs: NewRun[]
  because: string | null
  duplicateOf: string | null
  /** the open run that this asks to cancel: remembered until it has ended */
  cancels?: { run: string; by: string } | null
}

export type RunFilter = {
  repository?: string | undefined
  branch?: string | undefined
  state?: RunState | undefined
  limit?: number | undefined
}

/** Reading the store: any program. Newest first. */
export type StoreReader = {
  runs(filter?: RunFilter): Run[]
  /** by id, by unique prefix of an id (at least 6 characters), or by `host/path#number` */
  run(reference: string): Run | null
  job(id: string): JobRecord | null
  /** by job id or by the forge's delivery id */
  delivery(reference: string): JobRecord | null
  deliveries(filter?: { repository?: string | undefined; limit?: number | undefined }): JobRecord[]
  /** the job that already holds this delivery id, or the same body of the same forge */
  seen(forge: Forge, delivery: string, bodyDigest: string): string | null
  counts(): { queued: number; running: number; outbox: number }
  /** what was refused, asked for and let out; newest first */
  audit(filter?: AuditFilter): AuditEntry[]
  close(): void
}

/** A mail that is to leave. `messageId` is fixed when it is written, so that sending it twice can be noticed. */
export type OutboxMail = {
  id: string
  run: string
  messageId: string
  attempts: number
  /** the composed mail as JSON, for the mailer alone */
  payload: string
}

/** Writing the store: the worker alone. Every call is durable when it returns (synchronous=FULL). */
export type StoreWriter = StoreReader & {
  /** Records a job file's outcome and queues its runs. Returns false, and changes nothing, when the job id is known. */
  recordJob(outcome: JobOutcome, takenAt: string): boolean
  /** Runs that are not finished, oldest first, with their plan and who has asked to cancel them. */
  openRuns(): { run: Run; plan: RunPlan; starts: number; canceledBy: string | null }[]
  plan(runId: string): RunPlan
  /** queued → running (or running → running after a crash). Counts how often the run was started; returns the count. */
  startRun(runId: string, at: string): number
  /** The worker stops in order and leaves the run to its next start: this start is not counted as one that killed it. */
  layDown(runId: string): void
  setCommit(runId: string, commit: string, event: Event): void
  /** Changes the given facts of one step. This, startRun and setCommit throw RunEnded after the end of the run. */
  setStep(runId: string, index: number, change: Partial<StepChange>): void
  /** Ends a run once, its open steps become `skipped` (or `canceled`), and its mails enter the outbox, all in one
   *  transaction. Returns false, and changes nothing, when the run has already ended. */
  endRun(end: RunEnd): boolean
  /** The last run of this repository, ref and trigger before this one that has a verdict (succeeded or failed; skipped
   *  and canceled ones say nothing about the code): for `on: change`. */
  previousRun(runId: string): Run | null
  /** Adds a line to the audit log. What a recorded job means for it, `recordJob` writes by itself. */
  keepAudit(entry: AuditEntry): void
  /** Keeps the config text that runs refer to, under its digest. */
  keepConfig(digest: string, json: string): void
  config(digest: string): string | null
  outboxDue(now: string): OutboxMail[]
  outboxNext(): string | null
  mailSent(id: string, at: string): void
  mailDelayed(id: string, nextAt: string, error: string): void
  mailGivenUp(id: string, error: string): void
  /** Deletes finished runs that are older than `days` or beyond the newest `runs` (so disk and age are both bounded),
   *  and what hangs on them; at most 1000 per call. Never open runs, runs with mails that wait, or the last verdict of a
   *  branch and trigger (for `on: change`) within a year. Returns their ids. */
  prune(keep: { runs: number; days: number }, now: string): string[]
  transaction<T>(work: () => T): T
}

export type StepChange = {
  state: StepState
  startedAt: string
  finishedAt: string | null
  exitCode: number | null
  error: StepError | null
  outputs: StepOutputs
}

export type RunEnd = {
  run: string
  state: Extract<RunState, 'succeeded' | 'failed' | 'canceled' | 'skipped'>
  reason: string | null
  at: string
  mails: { id: string; messageId: string; payload: string }[]
}
