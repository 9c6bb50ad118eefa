import type { QueueEntry } from './queue-entry.ts'

/** The waiting run to start now: the oldest of the repository that has the fewest runs going, among those whose lane
 *  is free and who are first in their lane. So no repository that floods the queue starves the others. */
export function nextRun(waiting: readonly QueueEntry[], running: readonly QueueEntry[]): QueueEntry | null {
  const taken = new Set(running.map(({ lane }) => lane))
  const going = new Map<string, number>()
  for (const { run } of running) going.set(run.repository, (going.get(run.repository) ?? 0) + 1)
  let best: QueueEntry | null = null
  let fewest = Number.POSITIVE_INFINITY
  for (const entry of waiting) {
    if (taken.has(entry.lane)) continue
    taken.add(entry.lane)
    const count = going.get(entry.run.repository) ?? 0
    if (count < fewest) [best, fewest] = [entry, count]
  }
  return best
}
