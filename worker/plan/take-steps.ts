import type { Run, RunStep } from '../../job/run.ts'
import type { NewRun, TakenStep } from '../../job/store-port.ts'

/** What a retry takes over from a run whose steps before `from` (1, 2, …, as people count) need not run again; or why it
 *  cannot. They must all have succeeded, or failed where that was allowed. */
export function takeSteps(
  run: Run,
  steps: NewRun['steps'],
  from: number,
): { taken: TakenStep[] } | { because: string } {
  if (from > steps.length) return { because: `there is no step ${from}: the trigger has ${steps.length}` }
  const taken: TakenStep[] = []
  for (const [index, step] of steps.slice(0, from - 1).entries()) {
    const old = run.steps[index]
    if (old?.action !== step.action || old.name !== step.name)
      return { because: `step ${index + 1} is ${step.name} now and was ${old?.name ?? 'none'} in run #${run.number}` }
    if (!isSettled(old, run)) {
      const what = `step ${index + 1} (${old.name}) of run #${run.number} is ${old.state}`
      return { because: `${what}, so no run can begin behind it` }
    }
    taken.push(takenStep(old, run))
  }
  return { taken }
}

/** A step whose failure was not allowed has ended its run: none began behind it. */
function isSettled({ index, state }: RunStep, run: Run): boolean {
  if (state !== 'failed') return state === 'succeeded'
  return run.state === 'succeeded' || run.steps.slice(index + 1).some(({ startedAt }) => startedAt !== null)
}

function takenStep({ index, state, exitCode, error, outputs, takenFrom }: RunStep, run: Run): TakenStep {
  return { index, state, exitCode, error, outputs, from: takenFrom ?? run.id }
}
