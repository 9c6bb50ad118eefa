import { TRANSITIONS, type Transition } from '../../job/transitions.ts'
import { type Bench, setUpBench } from './bench.ts'
import { tryTransition } from './trial.ts'
import { NotKept } from './wait-for.ts'

/** `kept`: the promise held. `broken`: it did not, `detail` says how. `not tried`: `detail` says why. */
export type Outcome = {
  transition: Transition
  program: 'webhook' | 'worker'
  means: string
  outcome: 'kept' | 'broken' | 'not tried'
  detail: string | null
  seconds: number
}

/** Programs that start at the same time; more of them only wait for each other. */
const AT_A_TIME = 4

/** Passed only by runs that have an engine. */
const WITH_ENGINE: readonly Transition[] = ['image-built', 'container-created', 'container-ended', 'pushed']

/** Kills a program at each of these transitions, several trials at a time, and tells how each went, in the order of the list.
 *  `tell` is called as they end. Leaves nothing behind, also when the signal ends it early. */
export async function sweep(
  names: readonly Transition[],
  tell: (outcome: Outcome) => void,
  signal: AbortSignal,
): Promise<Outcome[]> {
  const bench = await setUpBench()
  try {
    const waiting = [...names]
    const outcomes = new Map<Transition, Outcome>()
    const work = async () => {
      for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
        signal.throwIfAborted()
        const outcome = await outcomeOf(name, bench, signal)
        outcomes.set(name, outcome)
        tell(outcome)
      }
    }
    // all of them, before what they stand on is taken away
    const ends = await Promise.allSettled(Array.from({ length: AT_A_TIME }, work))
    for (const end of ends) if (end.status === 'rejected') throw end.reason
    return names.flatMap((name) => outcomes.get(name) ?? [])
  } finally {
    await bench.clear()
  }
}

async function outcomeOf(transition: Transition, bench: Bench, signal: AbortSignal): Promise<Outcome> {
  const { program, means } = TRANSITIONS[transition]
  const facts = { transition, program, means, detail: null, seconds: 0 }
  if (bench.engine === null && WITH_ENGINE.includes(transition))
    return { ...facts, outcome: 'not tried', detail: 'no Docker Engine answers' }
  const started = performance.now()
  try {
    await tryTransition(transition, bench, signal)
    return { ...facts, outcome: 'kept', seconds: since(started) }
  } catch (error) {
    if (!(error instanceof NotKept)) throw error
    return { ...facts, outcome: 'broken', detail: error.message, seconds: since(started) }
  }
}

function since(started: number): number {
  return Math.round((performance.now() - started) / 100) / 10
}
