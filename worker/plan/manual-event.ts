import type { Event } from '../../job/event.ts'
import type { Request } from '../../job/job-file.ts'

/** The event of a `trigger` request. Its commit is null unless it was named: the remote is asked when the run starts.
 *  `baseUrl` is the forge's page as the config has it, e.g. `https://github.com`. */
export function manualEvent(request: Extract<Request, { kind: 'trigger' }>, baseUrl: string): Event {
  const slash = request.repository.indexOf('/')
  const path = request.repository.slice(slash + 1)
  return {
    type: 'manual',
    repository: {
      host: request.repository.slice(0, slash),
      path,
      name: path.slice(path.lastIndexOf('/') + 1),
      url: `${baseUrl}/${path}`,
      cloneUrl: null,
      sshUrl: null,
      defaultBranch: null,
      private: null,
    },
    ref: request.tag === null ? `refs/heads/${request.branch}` : `refs/tags/${request.tag}`,
    branch: request.tag === null ? request.branch : null,
    tag: request.tag,
    commit: request.commit,
    before: null,
    created: null,
    forced: null,
    message: null,
    author: null,
    sender: { login: request.by, name: null, email: null },
    commits: [],
    changedFiles: null,
    pullRequest: null,
    link: null,
  }
}
