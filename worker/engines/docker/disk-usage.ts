import type Dockerode from 'dockerode'
import { z } from 'zod'
import { dialForJson } from './dial.ts'
import { reach } from './reach.ts'

const RUN = 'dev.letterbox.run'
export const INSTANCE = 'dev.letterbox.instance'

/** The images that one run built. */
export type RunImages = {
  run: string
  /** what their removal gives back */
  ownBytes: number
  /** what they share with other images */
  sharedBytes: number
  createdAt: number
  imageIds: string[]
  /** without the tag; images of one name mostly share the same layers */
  name: string
}

export type CacheEntry = { id: string; bytes: number; usedAt: number; inUse: boolean }

export type EngineUsage = { images: RunImages[]; cache: CacheEntry[] }

const Usage = z.object({
  Images: z
    .array(
      z.object({
        Id: z.string(),
        RepoTags: z.array(z.string()).nullish(),
        Labels: z.record(z.string(), z.string()).nullish(),
        Size: z.number(),
        SharedSize: z.number(),
        Created: z.number(),
      }),
    )
    .nullish(),
  BuildCache: z
    .array(
      z.object({
        ID: z.string(),
        Size: z.number(),
        InUse: z.boolean(),
        Shared: z.boolean(),
        CreatedAt: z.string().nullish(),
        LastUsedAt: z.string().nullish(),
      }),
    )
    .nullish(),
})
const Version = z.object({ ApiVersion: z.string() })
/** Newer versions of the API answer in another shape. @see Docker Engine API version history, v1.52 */
const NEWEST_API = 44

/** Images of this installation and the build cache of the engine. It makes the engine add up layers, and may take
 *  seconds. @throws EngineUnavailable */
export async function readEngineUsage(docker: Dockerode, instance: string, signal: AbortSignal): Promise<EngineUsage> {
  const { ApiVersion } = Version.parse(await reach(() => docker.version()))
  const minor = Math.min(NEWEST_API, Number(ApiVersion.split('.')[1] ?? 0))
  const answer = await dialForJson(docker, { method: 'GET', path: `/v1.${minor}/system/df`, signal })
  const { Images, BuildCache } = Usage.parse(answer)
  return { images: byRun(Images ?? [], instance), cache: (BuildCache ?? []).filter(({ Shared }) => !Shared).map(entry) }
}

function byRun(images: NonNullable<z.infer<typeof Usage>['Images']>, instance: string): RunImages[] {
  const found = new Map<string, RunImages>()
  for (const { Id, RepoTags, Labels, Size, SharedSize, Created } of images) {
    const run = Labels?.[RUN]
    if (run === undefined || Labels?.[INSTANCE] !== instance) continue
    // labels are inherited by images that others build on ours: the name is what makes an image the run's own
    const reference = RepoTags?.find((tag) => tag.split(':').at(-1)?.startsWith(`${run.toLowerCase()}-`))
    if (reference === undefined) continue
    const known = found.get(run)
    const shared = Math.max(0, SharedSize)
    found.set(run, {
      run,
      ownBytes: (known?.ownBytes ?? 0) + Size - shared,
      sharedBytes: Math.max(known?.sharedBytes ?? 0, shared),
      createdAt: Math.max(known?.createdAt ?? 0, Created * 1000),
      imageIds: [...(known?.imageIds ?? []), Id],
      name: reference.slice(0, reference.lastIndexOf(':')),
    })
  }
  return [...found.values()]
}

function entry(one: NonNullable<z.infer<typeof Usage>['BuildCache']>[number]): CacheEntry {
  const used = Date.parse(one.LastUsedAt ?? one.CreatedAt ?? '')
  return { id: one.ID, bytes: one.Size, usedAt: Number.isNaN(used) ? 0 : used, inUse: one.InUse }
}

/** Ids of images that a container is of, running or not, or that a label of a container names: sites keep their former
 *  images there. @throws EngineUnavailable */
export async function imagesOfContainers(docker: Dockerode): Promise<Set<string>> {
  const containers = await reach(() => docker.listContainers({ all: true }))
  const named = containers.flatMap(({ Labels }) => Object.values(Labels).flatMap((text) => text.match(IMAGE_ID) ?? []))
  return new Set([...containers.map(({ ImageID }) => ImageID), ...named])
}

const IMAGE_ID = /sha256:[0-9a-f]{64}/g

const Pruned = z.object({ SpaceReclaimed: z.number().nullish() })

/** Removes build cache that was not used for a while, what was not used for longest first, until so much is left.
 *  Returns the bytes it gave back. @throws EngineUnavailable */
export async function pruneBuildCache(
  docker: Dockerode,
  { keepBytes, unusedHours }: { keepBytes: number; unusedHours: number },
  signal: AbortSignal,
): Promise<number> {
  const filters = JSON.stringify({ until: { [`${unusedHours}h`]: true } })
  const query = { all: true, filters, 'keep-storage': keepBytes }
  const answer = await dialForJson(docker, { method: 'POST', path: '/build/prune', query, signal })
  return Pruned.parse(answer ?? {}).SpaceReclaimed ?? 0
}

/** Where the engine keeps its data; null where it does not say. @throws EngineUnavailable */
export async function engineFolder(docker: Dockerode): Promise<string | null> {
  const info = z.object({ DockerRootDir: z.string().nullish() }).parse(await reach(() => docker.info()))
  return info.DockerRootDir ?? null
}
