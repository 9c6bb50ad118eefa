import { LetterboxError } from '../../job/letterbox-error.ts'
import type { Run } from '../../job/run.ts'
import { RunUnknown } from '../../job/store.ts'
import type { StoreReader } from '../../job/store-port.ts'

type Runs = Pick<StoreReader, 'runs' | 'run'>

/** Several repositories have a run of this number. */
class RunAmbiguous extends LetterboxError {
  readonly code = 'RUN_AMBIGUOUS'
  readonly fault = 'theirs'

  constructor(reference: string, runs: Run[]) {
    const names = runs.map(({ repository, number }) => `${repository}#${number}`)
    super(`${reference} may be ${names.join(' or ')}.`, { hint: 'Name the repository too, or give the id.' })
  }
}

/** The run that a person means by an id, the start of one, `host/path#number`, or `#number` alone.
 *  @throws RunUnknown, RunAmbiguous */
export function findRun(store: Runs, reference: string): Run {
  const run = byNumber(store, reference) ?? store.run(reference)
  if (run === null) throw new RunUnknown(reference)
  return run
}

function byNumber(store: Runs, reference: string): Run | null {
  const number = /^#?([1-9]\d{0,8})$/.exec(reference)?.[1]
  if (number === undefined) return null
  const runs = store.runs({ limit: Number.MAX_SAFE_INTEGER }).filter((run) => run.number === Number(number))
  if (runs.length > 1) throw new RunAmbiguous(reference, runs)
  return runs[0] ?? null
}
