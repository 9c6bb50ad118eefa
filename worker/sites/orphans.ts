import type { SiteContainer } from '../engines/site-engine.ts'
import { type RemoveDeps, removeSeen } from './remove-site.ts'

/** Finishes what a worker that was killed has begun: containers that never came to serve are removed, and where two serve
 *  one host name the newest that runs stays. What belongs to a run that is not over is left to that run. */
export async function removeOrphans(deps: RemoveDeps & { openRuns(): string[] }): Promise<void> {
  const open = new Set(deps.openRuns())
  const byHost = Map.groupBy(await deps.engine.list(), ({ host }) => host)
  for (const sites of byHost.values()) {
    if (sites.some(({ startedBy }) => open.has(startedBy))) continue
    for (const { site, why } of superfluous(sites)) await removeSeen(site, why, deps)
  }
}

function superfluous(sites: SiteContainer[]): { site: SiteContainer; why: string }[] {
  const serving = sites.filter(({ exposed }) => exposed)
  const stays = serving.findLast(({ running }) => running) ?? serving.at(-1)
  return sites
    .filter((site) => site !== stays)
    .map((site) => ({ site, why: site.exposed ? 'a newer one serves' : 'the run that started it is over' }))
}
