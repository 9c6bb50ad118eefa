import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pull, runImage } from '../support/pull-and-run.ts'
import { BUILD, MAIN_JOB, PUSH, shopFiles, TEST } from '../support/shop.ts'
import { SHOP, startStand } from '../support/stand.ts'

test('a signed GitHub push is built, tested, mailed to the pusher and can be pulled from the registry', async (t) => {
  const stand = await startStand(t, { triggers: MAIN_JOB })
  const { letterbox, registry, engine, mail } = stand
  const commit = await stand.shop.commit({ files: shopFiles({ says: 'good day' }), message: 'Open the shop' })

  const { status, body } = await stand.github({ commit, message: 'Open the shop' })
  assert.equal(status, 202)
  assert.equal(body.events, 1)
  assert.deepEqual(body.starts, ['push main'])

  const [run] = await letterbox.ended(1)
  assert.equal(run?.state, 'succeeded', run?.reason ?? '')
  assert.equal(run?.job, body.job)
  assert.equal(run?.commit, commit)
  assert.deepEqual(
    run?.steps.map((step) => [step.action, step.state]),
    [
      ['build', 'succeeded'],
      ['test', 'succeeded'],
      ['push', 'succeeded'],
    ],
  )

  const arrived = await mail.waitForMail(() => true)
  assert.deepEqual(arrived.to, ['ada@example.com'])
  assert.match(arrived.subject, /acme\/shop/)
  assert.match(arrived.subject, /main/)
  assert.match(arrived.subject, /#1\b/)
  assert.match(arrived.text, new RegExp(commit.slice(0, 12)))

  const pushed = run?.steps[2]?.outputs
  const asked = await registry.inspect(SHOP, 'latest')
  assert.equal(asked?.digest, pushed?.digest, 'the recorded digest is the one that the registry has')
  assert.equal(asked?.labels['org.opencontainers.image.revision'], commit)
  assert.deepEqual(await registry.tags(SHOP), [commit.slice(0, 12), 'latest'].sort())

  await engine.docker.getImage(run?.steps[0]?.outputs.imageId ?? '').remove({ force: true })
  const reference = `${registry.address}/${SHOP}:latest`
  assert.equal(await pull(engine, registry, reference), asked?.digest)
  assert.deepEqual(await runImage(engine, reference), { exitCode: 0, output: 'good day\n' })
})

test('a failing test run mails the failing lines and pushes nothing', async (t) => {
  const stand = await startStand(t, { triggers: MAIN_JOB })
  const tests = 'echo "ok 1 - it opens"; echo "not ok 2 - expected good, got bad" >&2; exit 3'
  const commit = await stand.shop.commit({ files: shopFiles({ tests }) })
  await stand.github({ commit })

  const [run] = await stand.letterbox.ended(1)
  assert.equal(run?.state, 'failed')
  assert.deepEqual(
    run?.steps.map((step) => [step.action, step.state, step.exitCode]),
    [
      ['build', 'succeeded', null],
      ['test', 'failed', 3],
      ['push', 'skipped', null],
    ],
  )
  const mail = await stand.mail.waitForMail(() => true)
  assert.match(mail.subject, /failed/)
  assert.match(mail.text, /not ok 2 - expected good, got bad/)
  assert.match(mail.text, /retry/)
  assert.deepEqual(await stand.registry.tags(SHOP), [])
})

test('a Dockerfile that fails ends the run as failed, with its last lines in the mail', async (t) => {
  const stand = await startStand(t, { triggers: MAIN_JOB })
  const commit = await stand.shop.commit({ files: shopFiles({ build: 'echo "no flour left"; exit 7' }) })
  await stand.github({ commit })

  const [run] = await stand.letterbox.ended(1)
  assert.equal(run?.state, 'failed')
  assert.equal(run?.steps[0]?.state, 'failed')
  assert.equal(run?.steps[1]?.state, 'skipped')
  const mail = await stand.mail.waitForMail(() => true)
  assert.match(mail.text, /no flour left/)
})

test('a tag starts the tag trigger alone, with its version, lightweight or annotated', async (t) => {
  const release = { push: { registry: 'main', tags: ['{{ version }}'] } }
  const stand = await startStand(t, {
    triggers: [
      { on: 'push', steps: [BUILD, TEST, PUSH] },
      { on: 'tag', tags: ['v*'], steps: [BUILD, TEST, release] },
    ],
  })
  const { shop, letterbox, registry } = stand
  const commit = await shop.commit({ files: shopFiles() })
  const light = await shop.tag('v1.4.2')
  const annotated = await shop.tag('v2.0.0', { message: 'second edition' })
  assert.notEqual(annotated.object, commit)

  const first = await stand.github({ ref: 'refs/tags/v1.4.2', commit: light.object })
  const second = await stand.github({ ref: 'refs/tags/v2.0.0', commit: annotated.object })
  assert.deepEqual([first.body.starts, second.body.starts], [['tag v*'], ['tag v*']])

  const runs = await letterbox.ended(2)
  assert.deepEqual(
    runs.map((run) => [run.event, run.tag, run.state, run.reason]),
    [
      ['tag', 'v1.4.2', 'succeeded', null],
      ['tag', 'v2.0.0', 'succeeded', null],
    ],
  )
  assert.equal(runs[1]?.commit, commit, 'the annotated tag is resolved to its commit')
  assert.deepEqual(await registry.tags(SHOP), ['1.4.2', '2.0.0'])
})
