import type { Config } from '../../config/schema.ts'
import type { Request } from '../../job/job-file.ts'
import type { Run, RunPlan } from '../../job/run.ts'
import { type PlannedRun, planRuns } from './plan-runs.ts'
import { takeSteps } from './take-steps.ts'

type Retry = Pick<Extract<Request, { kind: 'retry' }>, 'from' | 'currentConfig'>

/** The same event, commit and trigger once more: with the config as it was then, or with the trigger of the same name in
 *  the config in force; all of it, or only from a step on. Otherwise why not. Pure. */
export function planRetry(
  run: Run,
  plan: RunPlan,
  retry: Retry,
  active: { config: Config; digest: string },
): { planned: PlannedRun } | { because: string } {
  const found = retry.currentConfig ? plannedNow(run, plan, active) : { planned: asThen(run, plan) }
  const from = retry.from ?? 1
  if ('because' in found || from === 1) return found
  const { planned } = found
  const took = takeSteps(run, planned.steps, from)
  return 'because' in took ? took : { planned: { ...planned, taken: took.taken } }
}

function asThen(run: Run, plan: RunPlan): PlannedRun {
  return {
    plan,
    repository: run.repository,
    trigger: run.trigger,
    attempt: run.attempt + 1,
    steps: run.steps.map(({ action, name }) => ({ action, name })),
  }
}

function plannedNow(run: Run, plan: RunPlan, active: { config: Config; digest: string }) {
  const { runs, because } = planRuns([plan.event], active, plan.source)
  const planned = runs.find(({ trigger }) => trigger === run.trigger)
  if (planned) return { planned: { ...planned, attempt: run.attempt + 1 } }
  return { because: because ?? `the config of now has no trigger "${run.trigger}" that this ${run.event} starts` }
}
