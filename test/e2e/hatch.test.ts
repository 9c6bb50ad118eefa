import assert from 'node:assert/strict'
import { chownSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ulid } from 'ulid'
import { githubPush } from '../support/delivery.ts'
import { BUILD, shopFiles } from '../support/shop.ts'
import { SHOP, type Stand, startStand } from '../support/stand.ts'
import { until } from '../support/until.ts'

/* Whoever holds the web container can write any file into spool/new: it must start nothing. */

test('a forged delivery in the spool starts nothing and is kept with its reason', async (t) => {
  const stand = await startStand(t, { triggers: [{ on: 'push', steps: [BUILD] }], start: ['worker'] })
  const commit = await stand.shop.commit({ files: shopFiles() })
  const delivery = githubPush({ forge: stand.git.url, path: SHOP, secret: 'guessed', ref: 'refs/heads/main', commit })

  drop(stand, { source: 'webhook', ...deliveryFacts(delivery), events: [pushEvent(stand, commit)] })

  await rejected(stand, 1)
  assert.deepEqual(stand.letterbox.runs(), [])
})

test('events that the signed body does not hold start nothing of their own', async (t) => {
  const stand = await startStand(t, { triggers: [{ on: 'push', steps: [BUILD] }] })
  const commit = await stand.shop.commit({ files: shopFiles() })
  const other = await stand.shop.commit({ files: shopFiles({ says: 'good grief' }), branch: 'other' })
  await stand.github({ commit })
  const [run] = await stand.letterbox.ended(1)
  assert.equal(run?.commit, commit)

  const secret = 'shop-webhook-secret-0815'
  const ping = githubPush({
    forge: stand.git.url,
    path: SHOP,
    secret,
    ref: 'refs/heads/main',
    commit,
    message: 'again',
  })
  drop(stand, {
    source: 'webhook',
    ...deliveryFacts(ping),
    events: [{ ...pushEvent(stand, other), ref: 'refs/heads/other', branch: 'other' }],
  })

  await until(() => stand.letterbox.runs().length === 2 || rejectedFiles(stand).length > 0, {
    what: 'the worker to judge the file',
    describe: () => stand.letterbox.worker().output(),
  })
  assert.ok(
    stand.letterbox.runs().every((one) => one.branch === 'main' && one.commit === commit),
    'what runs is what was signed',
  )
})

test('a request that says it comes from the command line is obeyed only when root wrote it', async (t) => {
  const stand = await startStand(t, {
    triggers: [{ on: 'push', steps: [BUILD] }],
    change: (config) => ({ ...config, web: { requests: [] } }),
    start: ['worker'],
  })
  await stand.shop.commit({ files: shopFiles() })
  const trigger = {
    kind: 'trigger',
    by: 'mallory',
    repository: `${stand.git.host}/${SHOP}`,
    branch: 'main',
    tag: null,
    commit: null,
  }
  const nothing = { forge: null, delivery: null, headers: {}, body: null, events: [] }

  drop(stand, { source: 'cli', ...nothing, request: trigger }, 65_534)
  drop(stand, { source: 'api', ...nothing, request: trigger }, 65_534)
  drop(stand, { source: 'webhook', ...nothing, request: trigger }, 65_534)
  writeFileSync(join(stand.letterbox.data.spoolNew, `${ulid()}.json`), '{"version":1,')

  await rejected(stand, 4)
  assert.deepEqual(stand.letterbox.runs(), [])

  const asked = await stand.letterbox.command('trigger', trigger.repository, '--branch', 'main')
  assert.equal(asked.code, 0, asked.stderr)
  const [run] = await stand.letterbox.ended(1)
  assert.equal(run?.state, 'succeeded', run?.reason ?? '')
  assert.equal(run?.event, 'manual')
})

function drop(stand: Stand, job: object, owner?: number): void {
  const id = ulid()
  const file = join(stand.letterbox.data.spoolNew, `${id}.json`)
  const whole = { version: 1, id, receivedAt: new Date().toISOString(), ...job }
  const hidden = join(stand.letterbox.data.spoolTmp, `${id}.json`)
  writeFileSync(hidden, JSON.stringify(whole), { mode: 0o640 })
  if (owner !== undefined) chownSync(hidden, owner, owner)
  renameSync(hidden, file)
}

function deliveryFacts(delivery: { headers: Record<string, string>; body: string }) {
  const wanted = ['x-github-event', 'x-github-delivery', 'x-hub-signature-256', 'content-type']
  const headers = Object.fromEntries(Object.entries(delivery.headers).filter(([name]) => wanted.includes(name)))
  const body = Buffer.from(delivery.body).toString('base64')
  return { forge: 'github', delivery: delivery.headers['x-github-delivery'], headers, body }
}

function pushEvent(stand: Stand, commit: string) {
  const page = `${stand.git.url}/${SHOP}`
  return {
    type: 'push',
    repository: {
      host: stand.git.host,
      path: SHOP,
      name: 'shop',
      url: page,
      cloneUrl: `${page}.git`,
      sshUrl: null,
      defaultBranch: 'main',
      private: false,
    },
    ref: 'refs/heads/main',
    branch: 'main',
    tag: null,
    commit,
    before: null,
    created: true,
    forced: false,
    message: 'forged',
    author: null,
    sender: null,
    commits: [],
    changedFiles: null,
    pullRequest: null,
    link: null,
  }
}

function rejectedFiles(stand: Stand): string[] {
  return readdirSync(stand.letterbox.data.rejected)
}

async function rejected(stand: Stand, count: number): Promise<void> {
  const { data } = stand.letterbox
  const refusals = () =>
    stand.letterbox
      .worker()
      .lines()
      .filter((line) => line.msg === 'job file refused')
  await until(() => readdirSync(data.spoolNew).length === 0 && refusals().length >= count, {
    what: `${count} files to be rejected`,
    describe: () => ({ rejected: rejectedFiles(stand), worker: stand.letterbox.worker().output() }),
  })
  assert.equal(refusals().length, count)
  const kept = rejectedFiles(stand)
  assert.ok(kept.length >= count, `${kept.length} files are kept`)
  for (const file of kept) assert.ok(readFileSync(join(data.rejected, file)).length > 0)
}
