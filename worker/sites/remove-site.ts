import type { SiteContainer, SiteEngine } from '../engines/site-engine.ts'
import type { Exclusive } from '../run/exclusive.ts'
import { STOP_GRACE_MS } from './update-site.ts'

export type RemoveDeps = {
  engine: SiteEngine
  exclusive: Exclusive
  /** the worker stops */
  signal: AbortSignal
  log: { info(facts: object, message: string): void }
}

/** No step waits longer for a host name than this. */
const WAIT_MAX_MS = 15 * 60_000

/** Does work on a host name while no run does. */
export function holdingHost<T>(
  host: string,
  { exclusive, signal }: Pick<RemoveDeps, 'exclusive' | 'signal'>,
  work: () => Promise<T>,
): Promise<T> {
  const claim = { keys: [`site ${host}`], holder: 'the keeper of the sites', waits: () => {} }
  return exclusive({ ...claim, signal: AbortSignal.any([signal, AbortSignal.timeout(WAIT_MAX_MS)]) }, work)
}

/** Removes one container of a site, if it still stands as it was seen: a run may have brought a newer one meanwhile. */
export async function removeSeen(seen: SiteContainer, why: string, deps: RemoveDeps): Promise<void> {
  await holdingHost(seen.host, deps, async () => {
    const now = await deps.engine.look(seen.id)
    if (now === null || now.exposed !== seen.exposed) return
    await deps.engine.remove(seen.id, STOP_GRACE_MS)
    const { host, repository, ref, commit, startedBy } = seen
    deps.log.info({ host, repository, ref, commit, startedBy, why }, 'site container removed')
  })
}
