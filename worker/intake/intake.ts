import { failpoint } from '../../job/failpoint.ts'
import type { JobFile } from '../../job/job-file.ts'
import { errorFacts } from '../../job/letterbox-error.ts'
import type { Refusal } from '../../job/parse-job-file.ts'
import type { Run } from '../../job/run.ts'
import type { JobOutcome, StoreWriter } from '../../job/store-port.ts'
import type { Taken } from '../../job/take-job.ts'
import type { SiteRequest } from '../sites/request-folder.ts'
import { type Accepted, type Active, acceptJob } from './accept-job.ts'
import type { DeliveryDeps } from './outcome-of-delivery.ts'
import type { RequestDeps } from './outcome-of-request.ts'

/** The hatch as the worker sees it. */
export type Hatch = {
  /** Ways to take the files that wait: those taken before and not yet recorded, then the new ones, oldest first. */
  waiting(): AsyncIterable<() => Promise<Taken>>
}

export type IntakeDeps = DeliveryDeps &
  RequestDeps & {
    hatch: Hatch
    store: Pick<StoreWriter, 'recordJob' | 'run' | 'seen' | 'plan' | 'keepAudit'>
    active(): Active
    /** takes the runs that a job file caused */
    queued(runs: Run[]): void
    cancel(runId: string, by: string): void
    /** keeps what was asked of a site, so that it is obeyed also after a crash */
    keepSiteRequest(job: string, request: SiteRequest): void
    /** such a request was recorded */
    siteAsked(): void
    /** a person asks for the disk to be cleaned */
    cleanAsked(): void
    now(): Date
    log: {
      info(facts: object, message: string): void
      warn(facts: object, message: string): void
      error(facts: object, message: string): void
    }
  }

export type Intake = {
  /** Takes all job files that are there. Calls while it works lead to one more pass, never to two at once. */
  drain(): Promise<void>
  /** Takes nothing new; settles when the file in hand is done. */
  stop(): Promise<void>
}

/** Takes job files out of the spool, oldest first, one at a time: judged, recorded with their runs in one
 *  transaction, and only then deleted. Trouble with one file never stops the others; trouble of ours (full disk, store
 *  locked) leaves it where it is for the next pass. */
export function createIntake(deps: IntakeDeps): Intake {
  let working: Promise<void> | null = null
  let again = false
  let stopped = false

  async function work(): Promise<void> {
    do {
      again = false
      await pass(deps, () => stopped)
    } while (again && !stopped)
  }

  return {
    drain() {
      if (stopped) return Promise.resolve()
      again = true
      working ??= work().finally(() => {
        working = null
      })
      return working
    },
    async stop() {
      stopped = true
      await working
    },
  }
}

async function pass(deps: IntakeDeps, stopped: () => boolean): Promise<void> {
  try {
    for await (const take of deps.hatch.waiting()) {
      if (stopped()) return
      await takeOne(take, deps)
    }
  } catch (error) {
    deps.log.error({ err: error }, 'the spool could not be read; the next sweep tries again')
  }
}

async function takeOne(take: () => Promise<Taken>, deps: IntakeDeps): Promise<void> {
  try {
    const taken = await take()
    if (taken.kind === 'gone') return
    if (taken.kind === 'refused') return sayRefused(taken.name, taken.reason, deps)
    await judge(taken, deps)
  } catch (error) {
    deps.log.error({ err: error, ...errorFacts(error) }, 'job file not taken; it is kept for the next pass')
  }
}

async function judge(taken: Extract<Taken, { kind: 'job' }>, deps: IntakeDeps): Promise<void> {
  const accepted = acceptJob(taken.job, taken.ownerUid, deps)
  failpoint('judged')
  switch (accepted.kind) {
    case 'refused':
      await taken.refuse(accepted.reason)
      sayRefused(taken.name, accepted.reason, deps, taken.job)
      break
    case 'deferred':
      deps.log.error({ file: taken.name, ...accepted.reason }, 'job file kept; it is judged again later')
      break
    case 'outcome':
      await record(taken, accepted, deps)
      break
    default:
      accepted satisfies never
  }
}

async function record(
  taken: Extract<Taken, { kind: 'job' }>,
  { outcome }: Extract<Accepted, { kind: 'outcome' }>,
  deps: IntakeDeps,
): Promise<void> {
  const asked = siteRequestOf(taken.job)
  if (asked !== null) deps.keepSiteRequest(taken.job.id, asked)
  const isNew = deps.store.recordJob(outcome, deps.now().toISOString())
  failpoint('recorded')
  if (isNew) begin(outcome, deps)
  await taken.done()
  failpoint('job-deleted')
  if (asked !== null) deps.siteAsked()
}

function siteRequestOf(job: JobFile): SiteRequest | null {
  if (!('request' in job)) return null
  const { request } = job
  return request.kind === 'site-rollback' || request.kind === 'site-remove' ? request : null
}

/** At once: should the job file resist its deletion, what it asked for does not wait for that. */
function begin({ job, runs, because, duplicateOf, repository, cancels }: JobOutcome, deps: IntakeDeps): void {
  const ids = runs.map((run) => run.id)
  deps.log.info({ job: job.id, repository, runs: ids, because, duplicateOf }, 'job taken')
  if (cancels) deps.cancel(cancels.run, cancels.by)
  if ('request' in job && job.request.kind === 'clean') deps.cleanAsked()
  deps.queued(ids.flatMap((id) => deps.store.run(id) ?? []))
}

/** Who asked is known of requests alone, and as far as the asking program says it; a refused delivery proves nobody. */
function sayRefused(file: string, { code, message }: Refusal, deps: IntakeDeps, job?: JobFile): void {
  deps.log.warn({ file, code, reason: message }, 'job file refused')
  deps.store.keepAudit({
    at: deps.now().toISOString(),
    action: 'refused',
    by: job !== undefined && 'request' in job ? job.request.by : null,
    source: job?.source ?? null,
    repository: null,
    run: null,
    job: file,
    detail: `${code}: ${message}`,
  })
}
