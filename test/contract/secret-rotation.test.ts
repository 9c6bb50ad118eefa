import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { ConfigSchema } from '../../config/schema.ts'
import { outcomeOfDelivery } from '../../worker/intake/outcome-of-delivery.ts'
import { fixture, signed } from '../fixtures/deliveries/fixtures.ts'
import { freshFolder } from '../support/fresh-folder.ts'
import { letterboxIn } from '../support/letterbox.ts'
import { webhookUnderTest } from './webhook-under-test.ts'

const NEW = 'the-new-webhook-secret-42'
const OLD = 'the-old-webhook-secret-41'
const values: Record<string, string> = { NEW_SECRET: NEW, OLD_SECRET: OLD }

const REPOSITORY = {
  secret: [{ env: 'NEW_SECRET' }, { env: 'OLD_SECRET' }],
  triggers: [{ on: 'push' as const, steps: [{ script: { run: ['/bin/true'] } }] }],
}
const KEY = 'github.com/Codertocat/Hello-World'
const CONFIG = JSON.stringify({ repositories: { [KEY]: REPOSITORY } })

suite('X19: while a webhook secret is replaced', () => {
  test('deliveries with the new and with the old one are taken by both programs, others by none', async (t) => {
    const webhook = await webhookUnderTest({ configText: CONFIG, env: values })
    t.after(() => webhook.stop())
    const [first, second, third] = [
      fixture('github', 'push-update'),
      fixture('github', 'push-first'),
      fixture('github', 'push-forced'),
    ]
    assert.equal((await webhook.post(signed(first, NEW), first.body)).status, 202)
    assert.equal((await webhook.post(signed(second, OLD), second.body)).status, 202)
    assert.equal((await webhook.post(signed(third, 'the-older-webhook-secret'), third.body)).status, 401)
    const config = ConfigSchema.parse(JSON.parse(CONFIG))
    for (const job of webhook.jobs()) {
      assert.ok(job.source === 'webhook')
      const accepted = outcomeOfDelivery(job, {
        store: { seen: () => null },
        active: () => ({ config, digest: 'd', json: CONFIG }),
        resolveSecret: (ref) => ('env' in ref ? (values[ref.env] ?? '') : ''),
        newRunId: () => 'r',
        log: { warn() {} },
      })
      assert.equal(accepted.kind, 'outcome')
    }
    assert.equal(webhook.jobs().length, 2)
    assert.doesNotMatch(webhook.lines.join('\n'), /webhook-secret-4/)
  })

  test('neither check nor doctor shows one of them', async (t) => {
    const folder = freshFolder(t)
    mkdirSync(join(folder, 'secrets'))
    writeFileSync(join(folder, 'secrets', 'old'), OLD)
    const secret = [{ env: 'NEW_SECRET' }, { file: join(folder, 'secrets', 'old') }]
    const config = JSON.stringify({ repositories: { [KEY]: { ...REPOSITORY, secret } } })
    const letterbox = letterboxIn({ folder, config, env: { ...values, DOCKER_HOST: 'unix:///nowhere/docker.sock' } })
    for (const args of [['check'], ['check', '--json'], ['doctor'], ['doctor', '--json']]) {
      const { stdout, stderr } = await letterbox.command(...args)
      assert.doesNotMatch(stdout + stderr, /webhook-secret-4/, args.join(' '))
      assert.ok(stdout.length + stderr.length > 10)
    }
  })
})
