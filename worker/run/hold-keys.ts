import type { Step } from '../../config/schema.ts'
import { TemplateFailed } from '../../config/template.ts'
import { exclusiveKeys } from '../steps/exclusive-keys.ts'
import type { Exclusive } from './exclusive.ts'
import type { Life } from './execute-run.ts'

/** Does a step's work while no other run holds one of its keys; says in the run log for whom it waits. Keys that the
 *  run holds already are its own. */
export function holdKeysOf<T>(
  { step, index, life }: { step: Step; index: number | null; life: Life },
  exclusive: Exclusive,
  work: () => Promise<T>,
): Promise<T> {
  const { run, log, signal } = life
  const keys = keysOf(step, life).filter((key) => !life.held.includes(key))
  const waits = (key: string, by: string) => log.forStep(index).say(`waits for ${by}, which holds ${key}`)
  return exclusive({ keys, holder: `${run.repository}#${run.number}`, signal, waits }, work)
}

/** A step that an earlier life of the worker had begun holds its keys again before anything else of the run happens:
 *  no other run comes between its two halves. */
export function holdKeysOfBegun<T>(life: Life, exclusive: Exclusive, work: (life: Life) => Promise<T>): Promise<T> {
  const index = life.run.steps.findIndex(({ state }) => state === 'running')
  const step = life.trigger.steps[index]
  if (!step) return work(life)
  return holdKeysOf({ step, index, life }, exclusive, () => work({ ...life, held: keysOf(step, life) }))
}

/** A template that cannot be filled in names nothing to hold, and is what the step itself will fail for. */
function keysOf(step: Step, { run, plan, config }: Life): string[] {
  const { id, number, commit } = run
  try {
    return exclusiveKeys(step, { facts: { run: { id, number }, event: plan.event, commit, workspace: null }, config })
  } catch (error) {
    if (error instanceof TemplateFailed) return []
    throw error
  }
}
