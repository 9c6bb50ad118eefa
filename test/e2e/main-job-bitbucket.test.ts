import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bitbucketPush } from '../support/delivery.ts'
import { pull } from '../support/pull-and-run.ts'
import { BUILD, MAIN_JOB, PUSH, shopFiles, TEST } from '../support/shop.ts'
import { SHOP, startStand } from '../support/stand.ts'

test('a signed Bitbucket push is built, tested, mailed to the pusher and can be pulled from the registry', async (t) => {
  const stand = await startStand(t, { triggers: MAIN_JOB })
  const { letterbox, registry, engine } = stand
  const commit = await stand.shop.commit({ files: shopFiles(), message: 'Open the shop' })

  const { status, body } = await stand.bitbucket({ name: 'main', commit, message: 'Open the shop\n' })
  assert.equal(status, 202)
  assert.deepEqual(body.starts, ['push main'])

  const [run] = await letterbox.ended(1)
  assert.equal(run?.state, 'succeeded', run?.reason ?? '')
  assert.match(run?.repository ?? '', /^localhost:\d+\/acme\/shop$/)

  const mail = await stand.mail.waitForMail(() => true)
  assert.deepEqual(mail.to, ['ada@example.com'])
  assert.match(mail.subject, /acme\/shop.*main|main.*acme\/shop/)

  const asked = await registry.inspect(SHOP, 'latest')
  assert.equal(asked?.digest, run?.steps[2]?.outputs.digest)
  assert.equal(await pull(engine, registry, `${registry.address}/${SHOP}:latest`), asked?.digest)
})

test('a Bitbucket delivery with a push to two branches and a tag starts a run for each', async (t) => {
  const stand = await startStand(t, {
    triggers: [
      { on: 'push', steps: [BUILD, TEST, { push: { registry: 'main', tags: ['{{ branch | slug }}'] } }] },
      { on: 'tag', steps: [BUILD, { push: { registry: 'main', tags: ['{{ version }}'] } }] },
    ],
  })
  const main = await stand.shop.commit({ files: shopFiles() })
  const { commit: tagged } = await stand.shop.tag('v1.0')
  const feature = await stand.shop.commit({ files: shopFiles({ says: 'good bye' }), branch: 'feature/till' })

  const { status, body } = await stand.bitbucket(
    { name: 'main', commit: main },
    { name: 'feature/till', commit: feature },
    { name: 'v1.0', type: 'tag', commit: tagged },
  )
  assert.equal(status, 202)
  assert.equal(body.events, 3)

  const runs = await stand.letterbox.ended(3)
  assert.deepEqual(
    runs.map((run) => [run.event, run.branch ?? run.tag, run.commit, run.state, run.reason]),
    [
      ['push', 'main', main, 'succeeded', null],
      ['push', 'feature/till', feature, 'succeeded', null],
      ['tag', 'v1.0', main, 'succeeded', null],
    ],
  )
  const [one, two, three] = await stand.registry.tags(SHOP)
  assert.deepEqual([one, three], ['1.0', 'main'])
  assert.match(two ?? '', /^feature-till/, 'the branch is a name that a tag may have')
})

test('a Bitbucket push with a wrong signature is refused and starts nothing', async (t) => {
  const stand = await startStand(t, { triggers: [{ on: 'push', steps: [BUILD, TEST, PUSH] }], start: ['webhook'] })
  const commit = await stand.shop.commit({ files: shopFiles() })
  const forge = stand.git.url.replace('127.0.0.1', 'localhost')
  const forged = bitbucketPush({ forge, path: SHOP, secret: 'guessed', changes: [{ name: 'main', commit }] })

  const { status } = await stand.letterbox.post(forged)

  assert.equal(status, 401)
  const worker = await stand.letterbox.command('worker', '--once')
  assert.equal(worker.code, 0, worker.stderr)
  assert.deepEqual(stand.letterbox.runs(), [])
})
