import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { suite, type TestContext, test } from 'node:test'
import { ulid } from 'ulid'
import { ConfigSchema } from '../../config/schema.ts'
import { prepareDataFolder } from '../../job/prepare-data-folder.ts'
import { openStoreWriter } from '../../job/store.ts'
import { openHatch } from '../../worker/intake/hatch.ts'
import { createIntake } from '../../worker/intake/intake.ts'
import { fixture, SECRET, signed } from '../fixtures/deliveries/fixtures.ts'
import { type UnderTest, webhookUnderTest } from './webhook-under-test.ts'

const update = fixture('github', 'push-update')
const good = signed(update)
const wrong = { ...good, 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` }

const CONFIG = ConfigSchema.parse({
  repositories: {
    'github.com/Codertocat/Hello-World': {
      secret: { env: 'S' },
      triggers: [{ on: 'push', steps: [{ script: { run: ['/bin/true'] } }] }],
    },
  },
})

async function relay(t: TestContext, options: Parameters<typeof webhookUnderTest>[0] = {}): Promise<UnderTest> {
  const webhook = await webhookUnderTest({ blind: true, env: {}, config: '/nonexistent/config.yaml', ...options })
  t.after(() => webhook.stop())
  return webhook
}

/** The worker's side of the same folder: what it recorded, and what became of the files. */
async function taken({ folder }: UnderTest) {
  prepareDataFolder(folder, { webGid: null })
  const store = openStoreWriter(folder.store)
  try {
    const intake = createIntake({
      hatch: openHatch(folder),
      store,
      active: () => ({ config: CONFIG, digest: 'd', json: '{}' }),
      resolveSecret: () => SECRET,
      newRunId: ulid,
      workerUid: 0,
      queued() {},
      cancel() {},
      keepSiteRequest() {},
      siteAsked() {},
      cleanAsked() {},
      now: () => new Date(),
      log: { info() {}, warn() {}, error() {} },
    })
    await intake.drain()
    return {
      runs: store.runs().length,
      deliveries: store.deliveries().length,
      audit: store.audit().map(({ action }) => action),
      rejected: readdirSync(folder.rejected).filter((name) => name.endsWith('.reason.json')).length,
      seen: store.seen('github', good['x-github-delivery'] ?? '', 'no such digest'),
    }
  } finally {
    store.close()
  }
}

suite('a blind relay', () => {
  test('takes a delivery without config and secret, and the worker starts the run', async (t) => {
    const webhook = await relay(t)
    const answer = await webhook.post(good, update.body)
    assert.equal(answer.status, 202)
    assert.match(answer.text, /"starts":\[\],"because":"a blind relay does not verify/)
    assert.equal((await taken(webhook)).runs, 1)
  })

  test('C01: hands garbage on, and the worker refuses it: no run, a line in the audit log, nothing remembered', async (t) => {
    const webhook = await relay(t)
    assert.equal((await webhook.post(wrong, update.body)).status, 202)
    const { runs, audit, rejected, seen } = await taken(webhook)
    assert.deepEqual([runs, audit, rejected], [0, ['refused'], 1])
    assert.equal(seen, null)
  })

  test('a stranger who sends the same body or the same delivery id first keeps no real delivery out', async (t) => {
    const webhook = await relay(t)
    const other = Buffer.from(update.body.toString('utf8').replace('refs/heads/', 'refs/heads/x'))
    assert.equal((await webhook.post(wrong, update.body)).status, 202)
    assert.equal((await webhook.post(wrong, other)).status, 202)
    assert.equal((await webhook.post(good, update.body)).status, 202)
    const { runs, audit } = await taken(webhook)
    assert.deepEqual([runs, audit.filter((action) => action === 'refused').length], [1, 2])
  })

  test('A19: the same bytes with the same signature are one job file, also when the worker has recorded it', async (t) => {
    const webhook = await relay(t)
    await webhook.post(good, update.body)
    const again = { ...good, 'x-github-delivery': '00000000-0000-0000-0000-000000000001' }
    assert.equal((await webhook.post(again, update.body)).status, 200)
    assert.equal((await taken(webhook)).deliveries, 1)
    const restarted = await relay(t, { keep: webhook.folder })
    assert.equal((await restarted.post(good, update.body)).status, 200)
  })

  test('ignores what carries no event, refuses what is no delivery', async (t) => {
    const webhook = await relay(t)
    const ping = fixture('github', 'ping')
    assert.equal((await webhook.post(signed(ping), ping.body)).status, 200)
    assert.equal((await webhook.post(good, '{')).status, 400)
    assert.deepEqual(webhook.jobs(), [])
  })

  test('A27: bounds the rate of one peer and of all, and says when to come again', async (t) => {
    const webhook = await relay(t, { rate: { peer: { perSecond: 0.1, burst: 2 } } })
    const answers = []
    for (let i = 0; i < 3; i++) answers.push(await webhook.post(good, `${i}`))
    assert.deepEqual(
      answers.map(({ status }) => status),
      [400, 400, 429],
    )
    assert.ok(Number(answers[2]?.headers['retry-after']) >= 1)
  })

  test('says so when it is asked how it is', async (t) => {
    const webhook = await relay(t)
    const { text } = await webhook.send('GET', '/readyz')
    assert.match(text, /"blind":true/)
  })
})
