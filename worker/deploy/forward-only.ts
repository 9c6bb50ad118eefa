import type { Version } from './aws-port.ts'
import { DeployBackwards } from './deploy-errors.ts'
import { readVersionNote } from './version-note.ts'

/** Whether `older` is an ancestor of `newer`; null where it cannot be told. */
export type IsAncestor = (older: string, newer: string) => Promise<boolean | null>

/** Refuses a commit that what is live already contains. What Letterbox did not deploy, and commits that the repository
 *  no longer has, cannot be compared: that is said.
 *  @throws DeployBackwards */
export async function goForward(
  facts: { environment: string; commit: string; live: Version; allowed: boolean },
  deps: { isAncestor: IsAncestor; say(line: string): void },
): Promise<void> {
  const live = readVersionNote(facts.live.description)?.commit ?? null
  if (live === null) return deps.say(`${facts.live.label}, which is live, was not made by Letterbox: not compared`)
  if (live === facts.commit) return
  const behind = await deps.isAncestor(facts.commit, live)
  const what = `${facts.commit.slice(0, 12)} is older than ${live.slice(0, 12)}, which is live as ${facts.live.label}`
  if (behind === null) return deps.say(`commit ${live} of ${facts.live.label} cannot be found: not compared`)
  if (!behind) return
  if (facts.allowed) return deps.say(`${what}: going back, as told`)
  throw new DeployBackwards({ ...facts, live, liveLabel: facts.live.label })
}
