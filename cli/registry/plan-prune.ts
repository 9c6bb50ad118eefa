import type { TagFacts } from './read-images.ts'

export type PrunePolicy = {
  /** tags of each image that stay, newest first */
  keep: number
  /** digests and image ids that are deployed or are a site */
  inUse: ReadonlySet<string>
}

export type Verdict = { facts: TagFacts; why: string | null }
export type PrunePlan = {
  kept: Verdict[]
  removed: TagFacts[]
  /** what is asked of the registry: a deletion takes every tag of the digest along */
  deletions: { image: string; digest: string; tags: string[] }[]
}

/** Decides which tags go: those beyond the newest `keep` of their image, unless they are `latest`, in use, of unknown age,
 *  or share their digest with one that stays. */
export function planPrune(all: TagFacts[], policy: PrunePolicy): PrunePlan {
  const plans = [...Map.groupBy(all, ({ image }) => image).values()].map((tags) => planImage(tags, policy))
  return {
    kept: plans.flatMap(({ kept }) => kept),
    removed: plans.flatMap(({ removed }) => removed),
    deletions: plans.flatMap(({ deletions }) => deletions),
  }
}

function planImage(tags: TagFacts[], policy: PrunePolicy): PrunePlan {
  const newestFirst = tags.toSorted((a, b) => ageOf(b) - ageOf(a) || a.tag.localeCompare(b.tag))
  const judged = newestFirst.map((facts, place): Verdict => ({ facts, why: reasonToKeep(facts, place, policy) }))
  const keptDigests = new Map(judged.flatMap(({ facts, why }) => (why === null ? [] : [[facts.digest, facts.tag]])))
  const verdicts = judged.map(({ facts, why }): Verdict => {
    const other = keptDigests.get(facts.digest)
    return { facts, why: why ?? (other === undefined ? null : `the same image as ${other}`) }
  })
  const removed = verdicts.filter(({ why }) => why === null).map(({ facts }) => facts)
  const deletions = [...Map.groupBy(removed, ({ digest }) => digest)].map(([digest, facts]) => ({
    image: facts[0]?.image ?? '',
    digest,
    tags: facts.map(({ tag }) => tag),
  }))
  return { kept: verdicts.filter(({ why }) => why !== null), removed, deletions }
}

function reasonToKeep(
  { tag, digest, imageId, createdAt }: TagFacts,
  place: number,
  policy: PrunePolicy,
): string | null {
  if (tag === 'latest') return 'latest'
  if (policy.inUse.has(digest) || (imageId !== null && policy.inUse.has(imageId))) return 'in use'
  if (place < policy.keep) return `one of the newest ${policy.keep}`
  if (createdAt === null || Number.isNaN(Date.parse(createdAt))) return 'its age is not known'
  return null
}

function ageOf({ createdAt }: TagFacts): number {
  const at = createdAt === null ? Number.NaN : Date.parse(createdAt)
  return Number.isNaN(at) ? 0 : at
}
