import type { Run, RunStep } from '../../job/run.ts'

/** The mail is written just before the store ends the run: its open steps are shown as the store will close them. */
export function closeSteps(run: Run): Run {
  return { ...run, steps: run.steps.map((step) => ({ ...step, state: closedState(step, run) })) }
}

function closedState({ state }: RunStep, run: Run): RunStep['state'] {
  if (state === 'queued') return run.state === 'canceled' ? 'canceled' : 'skipped'
  if (state !== 'running') return state
  return run.state === 'canceled' || run.state === 'failed' ? run.state : 'skipped'
}
