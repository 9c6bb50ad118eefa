import { findRepository } from '../../config/match.ts'
import type { Config, SecretRef } from '../../config/schema.ts'
import type { SiteContainer } from '../engines/site-engine.ts'
import { cloneTarget } from '../source/clone-target.ts'
import type { Source } from '../source/source-port.ts'
import { type RemoveDeps, removeSeen } from './remove-site.ts'

export type ReconcileDeps = RemoveDeps & {
  source: Pick<Source, 'remoteCommit'>
  config(): Config
  secret(ref: SecretRef): string
  log: { warn(facts: object, message: string): void }
}

const ASK_MAX_MS = 90_000

/** Asks the remote of each site whether its branch or tag is still there, and takes the site down where it says no: for
 *  the deletions that never came to us. Any other answer, or none, takes nothing down. */
export async function reconcile(deps: ReconcileDeps): Promise<void> {
  for (const site of await deps.engine.list()) {
    if (!site.exposed) continue
    if (await isGone(site, deps)) await removeSeen(site, `the remote no longer has ${site.ref}`, deps)
  }
}

async function isGone(site: SiteContainer, deps: ReconcileDeps): Promise<boolean> {
  const { host, repository, ref } = site
  const config = deps.config()
  const found = findRepository(config, repository)
  if (!found) {
    deps.log.warn({ host, repository }, 'the repository of a site is no longer in the config; the site stays')
    return false
  }
  const limit = AbortSignal.any([deps.signal, AbortSignal.timeout(ASK_MAX_MS)])
  try {
    const target = cloneTarget(config, repository, found.repository, deps.secret)
    return (await deps.source.remoteCommit(target, ref, limit)) === null
  } catch (err) {
    deps.log.warn(
      { host, repository, ref, err },
      'the remote of a site does not say whether its ref is there; it stays',
    )
    return false
  }
}
