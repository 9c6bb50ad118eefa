import type { Event } from '../../../job/event.ts'

/** A push to branch `main` of github.com/acme/shop, with the facts that a test cares about. */
export function anEvent(facts: Partial<Event> = {}): Event {
  return {
    type: 'push',
    repository: {
      host: 'github.com',
      path: 'acme/shop',
      name: 'shop',
      url: 'https://github.com/acme/shop',
      cloneUrl: null,
      sshUrl: null,
      defaultBranch: 'main',
      private: null,
    },
    ref: null,
    branch: 'main',
    tag: null,
    commit: null,
    before: null,
    created: null,
    forced: null,
    message: 'a change',
    author: null,
    sender: null,
    commits: [],
    changedFiles: null,
    pullRequest: null,
    link: null,
    ...facts,
  }
}
