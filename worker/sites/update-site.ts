import { setTimeout as pause } from 'node:timers/promises'
import type { PastImage, SiteContainer, SiteEngine, SiteStart } from '../engines/site-engine.ts'
import { sameOwner } from './owner.ts'
import { SiteTaken, SiteUnhealthy } from './site-errors.ts'
import { untilHealthy } from './until-healthy.ts'

/** How long a container may take to end by itself. */
export const STOP_GRACE_MS = 10_000
const MAX_PAST = 5

export type SiteIO = { say(line: string): void; stdout(text: string): void; signal: AbortSignal }

export type Update = {
  start: Omit<SiteStart, 'past'>
  /** default: what the host name has served until now */
  past?: PastImage[]
  settleMs: number
}

/** Brings a site to a new image without a gap: the new container starts beside the former one, where only this host
 *  reaches it; when it answers well the proxy is shown it too; when the proxy knows both the former one ends. Before that
 *  point any trouble removes the new one and leaves the former as it is. Asks first what is there, so that a second call
 *  after a crash finishes what the first has begun. The caller sees to it that nobody else works on this host.
 *  @throws SiteTaken, SiteUnhealthy, and what the engine throws */
export async function updateSite(update: Update, deps: { engine: SiteEngine }, io: SiteIO): Promise<SiteContainer> {
  const { engine } = deps
  const { start } = update
  const there = (await engine.list()).filter(({ host }) => host === start.host)
  const serving = there.filter(({ exposed }) => exposed)
  const foreign = serving.find((site) => !sameOwner(site, start))
  if (foreign) throw new SiteTaken(start.host, foreign)
  const begun = there.find(
    (site) => site.running && site.startedBy === start.startedBy && site.imageId === start.imageId,
  )
  for (const left of there) if (!left.exposed && left !== begun) await engine.remove(left.id, 0)
  const former = serving.filter((site) => site !== begun)
  const next = begun ?? (await engine.start({ ...start, past: update.past ?? pastOf(former.at(-1), start.imageId) }))
  if (begun) io.say(`going on with container ${begun.id.slice(0, 12)}, which was started before`)
  const shown = await show(next, { hasFormer: former.length > 0, settleMs: update.settleMs }, engine, io)
  for (const old of former) await engine.remove(old.id, STOP_GRACE_MS)
  return shown
}

/** The images that this host name has served, newest first. */
function pastOf(former: SiteContainer | undefined, imageId: string): PastImage[] {
  if (former === undefined) return []
  const { image, commit, createdAt } = former
  const all = [{ image, imageId: former.imageId, commit, createdAt }, ...former.past]
  return all.filter((one) => one.imageId !== imageId).slice(0, MAX_PAST)
}

/** Until the new container's trial has ended everything that goes wrong takes it away again. */
async function show(
  next: SiteContainer,
  { hasFormer, settleMs }: { hasFormer: boolean; settleMs: number },
  engine: SiteEngine,
  io: SiteIO,
): Promise<SiteContainer> {
  try {
    await prove(next, hasFormer, engine, io)
    io.signal.throwIfAborted()
    await engine.expose(next)
    if (hasFormer) {
      io.say(`the new container answers; both serve for ${settleMs / 1000} s, then the former one ends`)
      await pause(settleMs, undefined, { signal: io.signal })
      await prove(next, hasFormer, engine, io)
    }
    return (await engine.look(next.id)) ?? next
  } catch (error) {
    await engine.remove(next.id, 0).catch((trouble: unknown) => {
      io.say(
        `container ${next.id.slice(0, 12)} could not be removed (${String(trouble)}); the worker tries again later`,
      )
    })
    throw error
  }
}

async function prove(next: SiteContainer, hasFormer: boolean, engine: SiteEngine, io: SiteIO): Promise<void> {
  const wrong = await untilHealthy(next, { engine, signal: io.signal })
  if (wrong === null) return
  io.stdout(await engine.lastWords(next.id))
  throw new SiteUnhealthy(next.host, wrong, hasFormer)
}
