import type { PastImage, SiteContainer, SiteEngine } from '../engines/site-engine.ts'
import type { AnswerDeps } from './answer-requests.ts'
import { NoFormerImage, SiteUnknown } from './site-errors.ts'
import { updateSite } from './update-site.ts'

/** Brings a site back to the image that it served before, started as the one of now is, in the same way as any update.
 *  Asked twice for one job it goes back once. @throws SiteUnknown, NoFormerImage, SiteUnhealthy */
export async function rollBack(job: string, host: string, deps: AnswerDeps): Promise<string> {
  const { engine } = deps
  const now = (await engine.list()).findLast((site) => site.host === host && site.exposed)
  if (now === undefined) throw new SiteUnknown(host)
  const { past, ...facts } = now
  const [target, ...older] = now.startedBy === job ? [now, ...past] : past
  if (target === undefined) throw new NoFormerImage(host, 'it has served no other image')
  await proveThere(target, now, engine)
  const { image, imageId, commit } = target
  const createdAt = deps.now().toISOString()
  const start = { ...facts, ...(await engine.spec(now)), image, imageId, commit, startedBy: job, createdAt }
  const io = { say: () => {}, stdout: () => {}, signal: deps.signal }
  await updateSite({ start, past: older, settleMs: deps.config().sites.settle }, { engine }, io)
  return `${host} serves ${image} of ${commit?.slice(0, 12) ?? 'an unknown commit'} again`
}

async function proveThere({ image, imageId }: PastImage, { host }: SiteContainer, engine: SiteEngine): Promise<void> {
  if (!(await engine.hasImage(imageId))) throw new NoFormerImage(host, `the engine no longer has ${image} of then`)
}
