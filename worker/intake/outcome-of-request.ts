import { findForge } from '../../config/known-forges.ts'
import { findRepository } from '../../config/match.ts'
import type { Request, RequestJob } from '../../job/job-file.ts'
import type { Action, Run } from '../../job/run.ts'
import type { StoreWriter } from '../../job/store-port.ts'
import { manualEvent } from '../plan/manual-event.ts'
import { planRetry } from '../plan/plan-retry.ts'
import { type PlannedRun, planRuns } from '../plan/plan-runs.ts'
import { refuseRequest } from '../plan/refuse-request.ts'
import type { Accepted, Active } from './accept-job.ts'

export type RequestDeps = {
  store: Pick<StoreWriter, 'run' | 'plan'>
  active(): Active
  newRunId(): string
  workerUid: number
}

type Answer = { repository: string | null; runs: PlannedRun[]; because: string | null; cancel: Run | null }

/** What a person's request leads to: runs, a cancel, or a reason for nothing. */
export function outcomeOfRequest(job: RequestJob, ownerUid: number, deps: RequestDeps): Accepted {
  const answer = answerTo(job, deps)
  const actions = answer.runs.flatMap((run) => run.steps.map((step): Action => step.action))
  const { config } = deps.active()
  const refusal = refuseRequest(job, { ownerUid, workerUid: deps.workerUid, config, actions })
  if (refusal !== null) return { kind: 'refused', reason: { code: 'REQUEST_NOT_ALLOWED', message: refusal } }
  const { repository, because, cancel } = answer
  const runs = answer.runs.map((run) => ({ ...run, id: deps.newRunId() }))
  return {
    kind: 'outcome',
    outcome: {
      job,
      bodyDigest: null,
      repository,
      runs,
      because,
      duplicateOf: null,
      cancels: cancel && { run: cancel.id, by: job.request.by },
    },
  }
}

function answerTo({ request, source }: RequestJob, deps: RequestDeps): Answer {
  switch (request.kind) {
    case 'trigger':
      return trigger(request, source, deps)
    case 'retry':
      return retry(request, deps)
    case 'cancel':
      return cancel(request.run, deps)
    case 'clean':
      return nothing('it asks for the disk to be cleaned')
    case 'site-rollback':
      return nothing(`it asks that ${request.host} goes back to the image before`)
    case 'site-remove':
      return nothing(`it asks that ${request.host} is taken down`)
    default:
      return request satisfies never
  }
}

const nothing = (because: string, repository: string | null = null): Answer => ({
  repository,
  runs: [],
  because,
  cancel: null,
})

function trigger(
  request: Extract<Request, { kind: 'trigger' }>,
  source: RequestJob['source'],
  deps: RequestDeps,
): Answer {
  if ((request.branch === null) === (request.tag === null)) return nothing('a trigger names either a branch or a tag')
  const active = deps.active()
  if (!findRepository(active.config, request.repository))
    return nothing(`${request.repository} is not in the config`, request.repository)
  const host = request.repository.slice(0, request.repository.indexOf('/'))
  const baseUrl = findForge(active.config.forges, host)?.url ?? `https://${host}`
  const { runs, because } = planRuns([manualEvent(request, baseUrl.replace(/\/$/, ''))], active, source)
  return { repository: request.repository, runs: request.rollback ? runs.map(goingBack) : runs, because, cancel: null }
}

function goingBack(run: PlannedRun): PlannedRun {
  return { ...run, plan: { ...run.plan, backwards: true } }
}

function retry(request: Extract<Request, { kind: 'retry' }>, deps: RequestDeps): Answer {
  const run = deps.store.run(request.run)
  if (!run) return nothing(`there is no run ${request.run}`)
  if (run.state === 'queued' || run.state === 'running')
    return nothing(`run ${run.id} is still ${run.state}`, run.repository)
  const retry = planRetry(run, deps.store.plan(run.id), request, deps.active())
  if ('because' in retry) return nothing(retry.because, run.repository)
  return { repository: run.repository, runs: [retry.planned], because: null, cancel: null }
}

function cancel(reference: string, deps: RequestDeps): Answer {
  const run = deps.store.run(reference)
  if (!run) return nothing(`there is no run ${reference}`)
  if (run.state !== 'queued' && run.state !== 'running')
    return nothing(`run ${run.id} has already ended as ${run.state}`, run.repository)
  return { repository: run.repository, runs: [], because: `it cancels run ${run.id}`, cancel: run }
}
