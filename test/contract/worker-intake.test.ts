import assert from 'node:assert/strict'
import { createHmac, randomUUID } from 'node:crypto'
import { chownSync, copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { monotonicFactory, ulid } from 'ulid'
import { type ConfigInput, ConfigSchema } from '../../config/schema.ts'
import { resolveSecret } from '../../config/secret.ts'
import { dataFolder } from '../../job/data-folder.ts'
import type { DeliveryJob, RequestJob } from '../../job/job-file.ts'
import { prepareDataFolder } from '../../job/prepare-data-folder.ts'
import type { Run } from '../../job/run.ts'
import { openSpool } from '../../job/spool.ts'
import { openStoreWriter } from '../../job/store.ts'
import { openHatch } from '../../worker/intake/hatch.ts'
import { createIntake, type Hatch } from '../../worker/intake/intake.ts'
import { sampleEvent } from '../support/sample-run.ts'

const SECRET = 'a long and secret word'

const written: ConfigInput = {
  web: { requests: ['retry', 'cancel'] },
  repositories: {
    'github.com/acme/shop': {
      secret: { env: 'SHOP_SECRET' },
      triggers: [{ on: 'push', branches: ['main'], steps: [{ script: { run: ['/bin/true'] } }] }],
    },
    'github.com/acme/blog': {
      secret: { env: 'BLOG_SECRET' },
      triggers: [{ on: 'push', steps: [{ script: { run: ['/bin/true'] } }] }],
    },
  },
}

/** Ids in the order in which they are asked for, also within a millisecond: the spool is taken in that order. */
const nextId = monotonicFactory()

function hatchOf(
  context: TestContext,
  env: Record<string, string> = { SHOP_SECRET: SECRET, BLOG_SECRET: 'another' },
  change: (hatch: Hatch) => Hatch = (same) => same,
) {
  const root = mkdtempSync(join(tmpdir(), 'intake-'))
  const folder = dataFolder(root)
  prepareDataFolder(folder, { webGid: null })
  const store = openStoreWriter(folder.store)
  const active = { config: ConfigSchema.parse(written), digest: 'd'.repeat(64), json: JSON.stringify(written) }
  store.keepConfig(active.digest, active.json)
  const queued: Run[] = []
  const canceled: string[] = []
  const asked: string[] = []
  const said: object[] = []
  const log = { info() {}, warn: (facts: object) => said.push(facts), error: (facts: object) => said.push(facts) }
  const open = () =>
    createIntake({
      hatch: change(openHatch(folder)),
      store,
      active: () => active,
      resolveSecret: (ref) => resolveSecret(ref, env),
      newRunId: monotonicFactory(),
      workerUid: process.getuid?.() ?? 0,
      queued: (runs) => queued.push(...runs),
      cancel: (run) => canceled.push(run),
      keepSiteRequest: (job, { kind, host }) => asked.push(`${job} ${kind} ${host}`),
      siteAsked: () => asked.push('now'),
      cleanAsked: () => asked.push('clean'),
      now: () => new Date(),
      log,
    })
  context.after(() => {
    store.close()
    rmSync(root, { recursive: true, force: true })
  })
  return { folder, store, spool: openSpool(folder), intake: open(), queued, canceled, asked, said, env }
}

function payload(repository = 'acme/shop', commit = 'a'.repeat(40)) {
  return {
    ref: 'refs/heads/main',
    before: 'b'.repeat(40),
    after: commit,
    created: false,
    deleted: false,
    forced: false,
    compare: `https://github.com/${repository}/compare/x`,
    commits: [],
    head_commit: { id: commit, message: 'mend the till', author: { name: 'Ada', email: 'ada@example.com' } },
    repository: {
      name: repository.split('/')[1],
      full_name: repository,
      html_url: `https://github.com/${repository}`,
      clone_url: `https://github.com/${repository}.git`,
      ssh_url: `git@github.com:${repository}.git`,
      default_branch: 'main',
      private: true,
    },
    pusher: { name: 'ada', email: 'ada@example.com' },
    sender: { login: 'ada' },
  }
}

function deliveryJob(change: Partial<DeliveryJob> = {}, body: object = payload(), secret = SECRET): DeliveryJob {
  const bytes = Buffer.from(JSON.stringify(body))
  const delivery = change.delivery ?? randomUUID()
  const mac = createHmac('sha256', secret).update(bytes).digest('hex')
  return {
    version: 1,
    id: nextId(),
    receivedAt: new Date().toISOString(),
    source: 'webhook',
    forge: 'github',
    delivery,
    headers: {
      'x-github-event': 'push',
      'x-github-delivery': delivery,
      'x-hub-signature-256': `sha256=${mac}`,
      'content-type': 'application/json',
    },
    body: bytes.toString('base64'),
    events: [sampleEvent()],
    ...change,
  }
}

function requestJob(source: RequestJob['source'], request: RequestJob['request']): RequestJob {
  const id = nextId()
  const receivedAt = new Date().toISOString()
  return {
    version: 1,
    id,
    receivedAt,
    source,
    forge: null,
    delivery: null,
    headers: {},
    body: null,
    events: [],
    request,
  }
}

const reasons = (folder: { rejected: string }) =>
  readdirSync(folder.rejected)
    .filter((name) => name.endsWith('.reason.json'))
    .map((name) => readFileSync(join(folder.rejected, name), 'utf8'))
    .join('\n')

test('a signed push becomes a recorded job and a queued run, and leaves the spool', async (context) => {
  const { spool, intake, store, queued, folder } = hatchOf(context)
  const job = deliveryJob()
  await spool.put(job)
  await intake.drain()
  assert.deepEqual(
    queued.map((run) => [run.repository, run.trigger, run.state, run.job]),
    [['github.com/acme/shop', 'push main', 'queued', job.id]],
  )
  assert.deepEqual(store.job(job.id)?.runs, [queued[0]?.id])
  assert.deepEqual([readdirSync(folder.spoolNew), readdirSync(folder.taken)], [[], []])
})

test('C01 a job file that nobody signed starts nothing and is kept with the reason', async (context) => {
  const { spool, intake, queued, folder } = hatchOf(context)
  await spool.put(deliveryJob({}, payload(), 'the wrong secret'))
  await intake.drain()
  assert.deepEqual(queued, [])
  assert.match(reasons(folder), /SIGNATURE_WRONG/)
})

test('C01 events that the body does not say are not believed', async (context) => {
  const { spool, intake, queued, said } = hatchOf(context)
  const lie = sampleEvent({ commit: 'f'.repeat(40), message: 'a lie' })
  await spool.put(deliveryJob({ events: [lie] }))
  await intake.drain()
  assert.equal(queued[0]?.commit, 'a'.repeat(40))
  assert.equal(queued[0]?.message, 'mend the till')
  assert.equal(said.length, 1)
})

test('A16 a delivery signed with the secret of another repository is refused', async (context) => {
  const { spool, intake, queued, folder } = hatchOf(context)
  await spool.put(deliveryJob({}, payload('acme/blog')))
  await intake.drain()
  assert.deepEqual(queued, [])
  assert.match(reasons(folder), /REPOSITORY_NOT_SIGNED/)
})

test('A19 the same delivery in a second job file is recorded as a duplicate and runs once', async (context) => {
  const { spool, intake, queued, store } = hatchOf(context)
  const first = deliveryJob()
  const again = deliveryJob({ delivery: 'another-id' })
  await spool.put(first)
  await spool.put(again)
  await intake.drain()
  assert.equal(queued.length, 1)
  assert.equal(store.job(again.id)?.duplicateOf, first.id)
})

test('a worker killed between recording and deleting does not run a job twice', async (context) => {
  const { spool, intake, queued, folder } = hatchOf(context)
  const job = deliveryJob()
  await spool.put(job)
  const file = `${job.id}.json`
  copyFileSync(join(folder.spoolNew, file), join(folder.root, 'copy'))
  await intake.drain()
  copyFileSync(join(folder.root, 'copy'), join(folder.taken, file))
  await intake.drain()
  assert.equal(queued.length, 1)
  assert.deepEqual(readdirSync(folder.taken), [])
})

test('a secret that cannot be read keeps the push until it can', async (context) => {
  const { spool, intake, queued, folder, env } = hatchOf(context, { BLOG_SECRET: 'another' })
  await spool.put(deliveryJob())
  await intake.drain()
  assert.deepEqual([queued.length, readdirSync(folder.taken).length], [0, 1])
  env.SHOP_SECRET = SECRET
  await intake.drain()
  assert.deepEqual([queued.length, readdirSync(folder.taken).length], [1, 0])
})

test('job files are taken oldest first, whatever order they were written in', async (context) => {
  const { spool, intake, queued } = hatchOf(context)
  const early = deliveryJob({ id: ulid(1000) }, payload('acme/shop', 'c'.repeat(40)))
  await spool.put(deliveryJob({ id: ulid(2000) }, payload('acme/shop', 'd'.repeat(40))))
  await spool.put(early)
  await intake.drain()
  assert.deepEqual(
    queued.map((run) => run.commit?.[0]),
    ['c', 'd'],
  )
})

test('a push that matches no trigger is recorded with the reason', async (context) => {
  const { spool, intake, queued, store } = hatchOf(context)
  const job = deliveryJob({}, { ...payload(), ref: 'refs/heads/topic' })
  await spool.put(job)
  await intake.drain()
  assert.deepEqual(queued, [])
  assert.match(store.job(job.id)?.because ?? '', /topic/)
})

test('a trigger from the command line starts a run whose commit the remote will say', async (context) => {
  const { spool, intake, queued } = hatchOf(context)
  const request = { kind: 'trigger', by: 'root@host', repository: 'github.com/acme/shop', branch: 'main' } as const
  await spool.put(requestJob('cli', { ...request, tag: null, commit: null }))
  await intake.drain()
  assert.deepEqual([queued[0]?.event, queued[0]?.commit, queued[0]?.branch], ['manual', null, 'main'])
})

test('a retry starts a second attempt of a run that has ended', async (context) => {
  const { spool, intake, queued, store } = hatchOf(context)
  await spool.put(deliveryJob())
  await intake.drain()
  const run = queued[0] ?? assert.fail('no run')
  store.endRun({ run: run.id, state: 'failed', reason: 'x', at: new Date().toISOString(), mails: [] })
  await spool.put(requestJob('cli', { kind: 'retry', by: 'root@host', run: run.id }))
  await intake.drain()
  assert.deepEqual([queued[1]?.attempt, queued[1]?.commit], [2, run.commit])
})

test('a retry from a step on that did not succeed starts nothing and says so', async (context) => {
  const { spool, intake, queued, store } = hatchOf(context)
  await spool.put(deliveryJob())
  await intake.drain()
  const run = queued[0] ?? assert.fail('no run')
  store.endRun({ run: run.id, state: 'failed', reason: 'x', at: new Date().toISOString(), mails: [] })
  const job = requestJob('cli', { kind: 'retry', by: 'root@host', run: run.id, from: 2, currentConfig: false })
  await spool.put(job)
  await intake.drain()
  assert.equal(queued.length, 1)
  assert.match(store.job(job.id)?.because ?? '', /there is no step 2|no run can begin behind it/)
})

test('a job file that resists its deletion holds up nothing that it asked for, and asks for it once', async (context) => {
  const { spool, intake, queued, store } = hatchOf(context, undefined, undeletable)
  await spool.put(deliveryJob())
  await intake.drain()
  assert.equal(queued.length, 1)
  await intake.drain()
  assert.deepEqual([queued.length, store.runs().length], [1, 1])
})

/** As on a disk that has become read-only in the wrong moment. */
function undeletable(hatch: Hatch): Hatch {
  const done = async () => {
    throw new Error('EROFS: read-only file system, unlink')
  }
  return {
    async *waiting() {
      for await (const take of hatch.waiting()) {
        const taken = await take()
        yield async () => (taken.kind === 'job' ? { ...taken, done } : taken)
      }
    },
  }
}

test('a retry of a run that has not ended starts nothing and says so', async (context) => {
  const { spool, intake, queued, store } = hatchOf(context)
  await spool.put(deliveryJob())
  await intake.drain()
  const job = requestJob('cli', { kind: 'retry', by: 'root@host', run: queued[0]?.id ?? '' })
  await spool.put(job)
  await intake.drain()
  assert.equal(queued.length, 1)
  assert.match(store.job(job.id)?.because ?? '', /still queued/)
})

test('a cancel reaches the run, and what web.requests does not allow is refused', async (context) => {
  const { spool, intake, queued, canceled, folder } = hatchOf(context)
  await spool.put(deliveryJob())
  await intake.drain()
  const run = queued[0]?.id ?? ''
  await spool.put(requestJob('api', { kind: 'cancel', by: 'ada', run }))
  const request = { kind: 'trigger', by: 'ada', repository: 'github.com/acme/shop', branch: 'main' } as const
  await spool.put(requestJob('api', { ...request, tag: null, commit: null }))
  await intake.drain()
  assert.deepEqual([canceled, queued.length], [[run], 1])
  assert.match(reasons(folder), /does not allow trigger/)
})

test('C01 a request that claims the command line but belongs to another user is refused', async (context) => {
  if (process.getuid?.() !== 0) return context.skip('only root can give a file to another user')
  const { spool, intake, queued, folder } = hatchOf(context)
  const request = { kind: 'trigger', by: 'root@host', repository: 'github.com/acme/shop', branch: 'main' } as const
  const job = requestJob('cli', { ...request, tag: null, commit: null })
  await spool.put(job)
  chownSync(join(folder.spoolNew, `${job.id}.json`), 33, 33)
  await intake.drain()
  assert.deepEqual(queued, [])
  assert.match(reasons(folder), /belongs to user 33/)
})

test('D04: a run keeps the config that it was planned with, whatever is loaded later', async (context) => {
  const { spool, intake, queued, store } = hatchOf(context)
  await spool.put(deliveryJob())
  await intake.drain()
  const run = queued[0] ?? assert.fail('no run')
  store.keepConfig('e'.repeat(64), JSON.stringify({ repositories: {} }))
  const { config } = store.plan(run.id)
  assert.equal(config, 'd'.repeat(64))
  assert.deepEqual(JSON.parse(store.config(config) ?? ''), written)
})
