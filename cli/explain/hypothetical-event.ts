import type { Event } from '../../job/event.ts'

export type Hypothesis = {
  /** `host/path` */
  repository: string
  branch: string | null
  tag: string | null
  /** null: not said, as by a forge that does not list changed files */
  paths: string[] | null
  message: string | null
}

/** The event that a push of this branch or tag would be. */
export function hypotheticalEvent({ repository, branch, tag, paths, message }: Hypothesis): Event {
  const [host = '', ...path] = repository.split('/')
  return {
    type: tag === null ? 'push' : 'tag',
    repository: {
      host,
      path: path.join('/'),
      name: path.at(-1) ?? '',
      url: `https://${repository}`,
      cloneUrl: null,
      sshUrl: null,
      defaultBranch: null,
      private: null,
    },
    ref: tag === null ? `refs/heads/${branch}` : `refs/tags/${tag}`,
    branch,
    tag,
    commit: null,
    before: null,
    created: null,
    forced: null,
    message,
    author: null,
    sender: null,
    commits: [],
    changedFiles: paths,
    pullRequest: null,
    link: null,
  }
}
