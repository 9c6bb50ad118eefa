import type { Disk } from '../../config/schema/host.ts'
import type { Run } from '../../job/run.ts'
import type { DiskClass } from './disk-class.ts'
import { keptRuns } from './kept-runs.ts'
import type { DiskItem } from './plan-cleaning.ts'

/** Cache that a build of the last hour has used stays, whatever the budget: the next one will want it. */
const CACHE_UNUSED_HOURS = 1
const HOUR_MS = 3_600_000

type RunImages = {
  run: string
  ownBytes: number
  sharedBytes: number
  createdAt: number
  imageIds: string[]
  name: string
}
type CacheEntry = { id: string; bytes: number; usedAt: number; inUse: boolean }

/** What the governor asks of an engine. */
export type EngineDisk = {
  usage(signal: AbortSignal): Promise<{ images: RunImages[]; cache: CacheEntry[] }>
  /** ids of images that containers are of, or name */
  imagesInUse(): Promise<Set<string>>
  /** takes the references of these runs' images away */
  removeImages(runs: string[]): Promise<number>
  pruneCache(keep: { keepBytes: number; unusedHours: number }, signal: AbortSignal): Promise<number>
}

export type EngineClassDeps = {
  engine: EngineDisk
  wanted(): Disk
  /** null: the store does not know it (any more) */
  run(id: string): Run | null
  livingRuns(): string[]
  now(): Date
}

export function engineClasses(deps: EngineClassDeps): DiskClass[] {
  return [images(deps), buildCache(deps)]
}

/** Images that the keep list does not name have expired. What images of one name share is counted once. */
function images({ engine, wanted, run, livingRuns }: EngineClassDeps): DiskClass {
  return {
    name: 'images',
    budgetBytes: () => wanted().images,
    async measure(signal) {
      const [{ images: found }, inUse] = await Promise.all([engine.usage(signal), engine.imagesInUse()])
      const living = livingRuns().flatMap((id) => run(id) ?? [])
      for (const one of living) for (const { outputs } of one.steps) if (outputs.imageId) inUse.add(outputs.imageId)
      const kept = keptRuns(
        found.flatMap((one) => run(one.run) ?? []),
        wanted().keepImages,
      )
      const items = found.map((one): DiskItem => {
        const reason = one.imageIds.some((id) => inUse.has(id)) ? 'a container needs it' : (kept.get(one.run) ?? null)
        return { name: one.run, bytes: one.ownBytes, usedAt: one.createdAt, kept: reason, expired: reason === null }
      })
      return { items, sharedBytes: sharedOnce(found) }
    },
    async remove(items) {
      const gone: string[] = []
      for (const { name } of items) if ((await engine.removeImages([name])) > 0) gone.push(name)
      return gone
    },
  }
}

function sharedOnce(found: RunImages[]): number {
  const byName = new Map<string, number>()
  for (const { name, sharedBytes } of found) byName.set(name, Math.max(byName.get(name) ?? 0, sharedBytes))
  return [...byName.values()].reduce((sum, bytes) => sum + bytes, 0)
}

/** Shared by all who build on this engine; it costs nothing but time to lose. */
function buildCache({ engine, wanted, now }: EngineClassDeps): DiskClass {
  const budgetBytes = () => {
    const { buildCache: budget } = wanted()
    return budget === 'unlimited' ? null : budget
  }
  return {
    name: 'buildCache',
    budgetBytes,
    async measure(signal) {
      const { cache } = await engine.usage(signal)
      const recently = now().getTime() - CACHE_UNUSED_HOURS * HOUR_MS
      const items = cache.map(({ id, bytes, usedAt, inUse }): DiskItem => {
        const kept = inUse ? 'in use' : usedAt > recently ? 'used within the hour' : null
        return { name: id, bytes, usedAt, kept, expired: false }
      })
      return { items, sharedBytes: 0 }
    },
    /** The engine chooses itself, in the same order. */
    async remove(items, signal) {
      const budget = budgetBytes()
      if (budget === null || items.length === 0) return []
      const bytes = await engine.pruneCache({ keepBytes: budget, unusedHours: CACHE_UNUSED_HOURS }, signal)
      return bytes > 0 ? items.map(({ name }) => name) : []
    },
  }
}
