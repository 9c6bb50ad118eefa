import type { Event } from '../../job/event.ts'
import type { Run } from '../../job/run.ts'

/** A push event of github.com/acme/shop to main, changed where a test says so. */
export function sampleEvent(change: Partial<Event> = {}): Event {
  const branch = change.branch === undefined ? 'main' : change.branch
  return {
    type: 'push',
    repository: {
      host: 'github.com',
      path: 'acme/shop',
      name: 'shop',
      url: 'https://github.com/acme/shop',
      cloneUrl: 'https://github.com/acme/shop.git',
      sshUrl: 'git@github.com:acme/shop.git',
      defaultBranch: 'main',
      private: true,
    },
    ref: `refs/heads/${branch}`,
    branch,
    tag: null,
    commit: 'a'.repeat(40),
    before: 'b'.repeat(40),
    created: false,
    forced: false,
    message: 'mend the till',
    author: { name: 'Ada', email: 'ada@example.com', login: 'ada' },
    sender: { name: 'Ada', email: 'ada@example.com', login: 'ada' },
    commits: [],
    changedFiles: ['till.txt'],
    pullRequest: null,
    link: null,
    ...change,
  }
}

let count = 0

/** A queued run of github.com/acme/shop, newer than every one made before. */
export function sampleRun(change: Partial<Run> = {}): Run {
  count++
  const id = `01KRUN${String(count).padStart(20, '0')}`
  const branch = change.branch === undefined ? 'main' : change.branch
  return {
    id,
    number: count,
    job: '01K00000000000000000000JOB',
    repository: 'github.com/acme/shop',
    event: 'push',
    ref: `refs/heads/${branch}`,
    branch,
    tag: null,
    commit: 'a'.repeat(40),
    message: 'mend the till',
    author: 'Ada',
    trigger: 'push main',
    state: 'queued',
    reason: null,
    attempt: 1,
    queuedAt: '2026-11-21T05:00:00.000Z',
    startedAt: null,
    finishedAt: null,
    steps: [],
    ...change,
  }
}
