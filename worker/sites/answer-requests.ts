import type { Config } from '../../config/schema.ts'
import { errorFacts } from '../../job/letterbox-error.ts'
import type { SiteAnswer } from '../../job/sites-state.ts'
import { holdingHost, type RemoveDeps } from './remove-site.ts'
import type { RequestFolder, SiteRequest } from './request-folder.ts'
import { rollBack } from './roll-back.ts'
import { SiteUnknown } from './site-errors.ts'
import { STOP_GRACE_MS } from './update-site.ts'

export type AnswerDeps = RemoveDeps & { config(): Config; now(): Date }

/** Obeys what the command line asked of sites, oldest first. Never throws: what goes wrong is the answer. */
export async function answerRequests(deps: AnswerDeps, requests: RequestFolder): Promise<SiteAnswer[]> {
  const answers: SiteAnswer[] = []
  for (const { job, request } of requests.waiting()) {
    const { ok, message } = await obey(job, request, deps)
    // laid down: it is obeyed by the next start
    if (deps.signal.aborted && !ok) break
    deps.log.info({ job, ...request, ok, message }, 'a request about a site was answered')
    answers.push({ job, at: deps.now().toISOString(), ok, message })
  }
  return answers
}

async function obey(job: string, request: SiteRequest, deps: AnswerDeps): Promise<{ ok: boolean; message: string }> {
  const { host, kind } = request
  const work = () => (kind === 'site-remove' ? remove(host, deps) : rollBack(job, host, deps))
  try {
    return { ok: true, message: await holdingHost(host, deps, work) }
  } catch (error) {
    const { message, hint } = errorFacts(error)
    return { ok: false, message: hint === null ? message : `${message} (${hint})` }
  }
}

async function remove(host: string, { engine }: AnswerDeps): Promise<string> {
  const there = (await engine.list()).filter((site) => site.host === host)
  if (there.length === 0) throw new SiteUnknown(host)
  for (const site of there) await engine.remove(site.id, STOP_GRACE_MS)
  return `${host} is taken down`
}
