import type { SiteEngine } from '../engines/site-engine.ts'
import { type SiteOwner, sameOwner } from './owner.ts'
import { type SiteIO, STOP_GRACE_MS } from './update-site.ts'

/** Takes a site down, with everything of it that was begun, if it is the owner's. Its named volumes stay. */
export async function takeDown(
  host: string,
  owner: SiteOwner,
  { engine }: { engine: SiteEngine },
  io: Pick<SiteIO, 'say'>,
): Promise<boolean> {
  const there = (await engine.list()).filter((site) => site.host === host)
  const foreign = there.find((site) => !owns(owner, site))
  if (foreign) {
    io.say(`${host} is the site of ${foreign.repository}, ${foreign.ref}, and stays`)
    return false
  }
  for (const site of there) await engine.remove(site.id, STOP_GRACE_MS)
  io.say(there.length === 0 ? `there is no site ${host}` : `${host} is taken down`)
  return there.length > 0
}

/** A deleted tag takes only its own site along, not the one of a newer tag. */
function owns(owner: SiteOwner, site: SiteOwner): boolean {
  return sameOwner(owner, site) && owner.ref === site.ref
}
