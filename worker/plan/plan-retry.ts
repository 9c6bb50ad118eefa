import type { Run, RunPlan } from '../../job/run.ts'
import type { PlannedRun } from './plan-runs.ts'

/** The same event, commit and trigger once more, with the config as it was then. */
export function planRetry(run: Run, plan: RunPlan): PlannedRun {
  return {
    plan,
    repository: run.repository,
    trigger: run.trigger,
    attempt: run.attempt + 1,
    steps: run.steps.map(({ action, name }) => ({ action, name })),
  }
}
