import { createHash } from 'node:crypto'
import { ulid } from 'ulid'
import { Event } from '../../../job/event.ts'
import type { DeliveryJob, RequestJob } from '../../../job/job-file.ts'
import type { JobOutcome, NewRun } from '../../../job/store-port.ts'

const PERSON = { name: 'Ada', email: 'ada@example.com', login: 'ada' }

export const REPOSITORY = 'github.com/acme/shop'

/** A push to a branch of acme/shop. */
export function sampleEvent(change: Partial<Event> = {}): Event {
  const branch = change.branch ?? 'main'
  return Event.parse({
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
    message: 'Sell more',
    author: PERSON,
    sender: PERSON,
    commits: [{ id: 'a'.repeat(40), message: 'Sell more', author: PERSON }],
    changedFiles: ['a.txt'],
    pullRequest: null,
    link: 'https://github.com/acme/shop/compare/b...a',
    ...change,
  })
}

/** The job file of a signed GitHub push; each has a body of its own. */
export function sampleJob(change: Partial<DeliveryJob> = {}): DeliveryJob {
  const id = change.id ?? ulid()
  return {
    version: 1,
    id,
    receivedAt: '2026-11-21T05:00:00.123Z',
    source: 'webhook',
    forge: 'github',
    delivery: `delivery-${id}`,
    headers: { 'x-github-event': 'push', 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` },
    body: Buffer.from(JSON.stringify({ ref: 'refs/heads/main', id })).toString('base64'),
    events: [sampleEvent()],
    ...change,
  }
}

/** The job file of a person's request from the command line. */
export function sampleRequest(request: RequestJob['request']): RequestJob {
  return {
    version: 1,
    id: ulid(),
    receivedAt: '2026-11-21T05:00:00.123Z',
    source: 'cli',
    forge: null,
    delivery: null,
    headers: {},
    body: null,
    events: [],
    request,
  }
}

export function sampleRun(change: Partial<NewRun> = {}, event = sampleEvent()): NewRun {
  return {
    id: ulid(),
    plan: { config: 'c0ffee', repositoryKey: REPOSITORY, triggerIndex: 0, event },
    repository: REPOSITORY,
    trigger: 'push main',
    attempt: 1,
    steps: [
      { action: 'build', name: 'build' },
      { action: 'test', name: 'test' },
    ],
    ...change,
  }
}

/** What the worker records for a job that started these runs. */
export function sampleOutcome(runs: NewRun[] = [sampleRun()], change: Partial<JobOutcome> = {}): JobOutcome {
  const job = change.job ?? sampleJob()
  return { job, bodyDigest: bodyDigest(job), repository: REPOSITORY, runs, because: null, duplicateOf: null, ...change }
}

export function bodyDigest(job: JobOutcome['job']): string | null {
  if (job.body === null) return null
  return createHash('sha256').update(`${job.forge}\0`).update(Buffer.from(job.body, 'base64')).digest('hex')
}
