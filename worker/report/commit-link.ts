import { findForge } from '../../config/known-forges.ts'
import type { Config } from '../../config/schema.ts'
import type { EventRepository } from '../../job/event.ts'
import type { Forge } from '../../job/job-file.ts'

/** The page of a commit at the forge, or null where we do not know how that forge addresses one. Built from the config
 *  and the verified path; an address in a payload is for nobody to click. */
export function commitLink(config: Config, repository: EventRepository, commit: string): string | null {
  const forge = findForge(config.forges, repository.host)
  const base = URL.parse(forge?.url ?? `https://${repository.host}`)
  if (forge === null || base === null) return null
  const page = COMMIT_PAGE[forge.kind](repository.path.split('/').map(encodeURIComponent))
  return page === null ? null : `${base.href.replace(/\/+$/, '')}/${page}/${encodeURIComponent(commit)}`
}

const COMMIT_PAGE: { [F in Forge]: (path: string[]) => string | null } = {
  github: (path) => `${path.join('/')}/commit`,
  gitea: (path) => `${path.join('/')}/commit`,
  gitlab: (path) => `${path.join('/')}/-/commit`,
  bitbucket: (path) => `${path.join('/')}/commits`,
  'bitbucket-server': ([project, name]) =>
    project === undefined || name === undefined ? null : `projects/${project}/repos/${name}/commits`,
}
