import type { Run } from '../../job/run.ts'

/** Runs of one lane go strictly one after the other, in order of arrival. */
export function laneOf(run: Run): string {
  return `${run.repository}\0${run.ref ?? ''}`
}

/** The waiting run to start now: the oldest of the repository that has the fewest runs going, among those whose lane
 *  is free and who are first in their lane. So no repository that floods the queue starves the others. */
export function nextRun(waiting: readonly Run[], running: readonly Run[]): Run | null {
  const taken = new Set(running.map(laneOf))
  const going = new Map<string, number>()
  for (const run of running) going.set(run.repository, (going.get(run.repository) ?? 0) + 1)
  let best: Run | null = null
  let fewest = Number.POSITIVE_INFINITY
  for (const run of waiting) {
    const lane = laneOf(run)
    if (taken.has(lane)) continue
    taken.add(lane)
    const count = going.get(run.repository) ?? 0
    if (count < fewest) [best, fewest] = [run, count]
  }
  return best
}
