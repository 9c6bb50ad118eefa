import { type RemoveDeps, removeSeen } from './remove-site.ts'

/** Takes down the sites whose `ttl` is over. */
export async function removeExpired(deps: RemoveDeps & { now(): Date }): Promise<void> {
  const now = deps.now().toISOString()
  for (const site of await deps.engine.list()) {
    if (site.expiresAt === null || site.expiresAt > now || !site.exposed) continue
    await removeSeen(site, `its time was over at ${site.expiresAt}`, deps)
  }
}
