import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Run } from '../../job/run.ts'
import { startEngine } from '../support/engine.ts'
import { engineDoor } from '../support/engine-door.ts'
import { freshFolder } from '../support/fresh-folder.ts'
import { BUILD, MAIN_JOB, shopFiles } from '../support/shop.ts'
import { SHOP, type Stand, startStand } from '../support/stand.ts'

test('a mail server that is down delays the mail and changes nothing else', async (t) => {
  const stand = await startStand(t, { triggers: MAIN_JOB })
  const { letterbox, mail } = stand
  await mail.down()
  const commit = await stand.shop.commit({ files: shopFiles() })
  await stand.github({ commit })
  const [run] = await letterbox.ended(1)
  assert.equal(run?.state, 'succeeded', run?.reason ?? '')
  assert.ok(await stand.registry.inspect(SHOP, 'latest'))

  await mail.up()

  const arrived = await mail.waitForMail(() => true, 90_000)
  assert.deepEqual(arrived.to, ['ada@example.com'])
  assert.equal(mail.mails().length, 1)
})

test('an engine that cannot be reached for a while only delays the run', async (t) => {
  const folder = freshFolder(t)
  const engine = await startEngine()
  t.after(() => engine.stop())
  const door = await engineDoor(engine.host, join(folder, 'door.sock'))
  t.after(() => door.shut())
  const stand = await startStand(t, { triggers: [{ on: 'push', steps: [BUILD] }], env: { DOCKER_HOST: door.host } })
  await door.shut()
  const commit = await stand.shop.commit({ files: shopFiles() })
  await stand.github({ commit })
  await stand.letterbox.run('the run to wait for the engine', ({ id }) => says(stand, id, /trying again/))

  await door.open()

  const [run] = await stand.letterbox.ended(1)
  assert.equal(run?.state, 'succeeded', run?.reason ?? '')
})

test('a registry that is down for a moment only delays the push', async (t) => {
  const stand = await startStand(t, { triggers: MAIN_JOB })
  await stand.registry.down()
  const commit = await stand.shop.commit({ files: shopFiles() })
  await stand.github({ commit })
  await stand.letterbox.run('the push to be tried again', ({ id }) => says(stand, id, /trying again/))

  await stand.registry.up()

  const [run] = await stand.letterbox.ended(1)
  assert.equal(run?.state, 'succeeded', run?.reason ?? '')
  assert.equal((await stand.registry.inspect(SHOP, 'latest'))?.digest, run?.steps[2]?.outputs.digest)
})

test('a wrong registry password fails the push at once, says so, and stands in no log', async (t) => {
  const stand = await startStand(t, { triggers: MAIN_JOB, env: { REGISTRY_PASSWORD: 'wrong-password-77' } })
  const commit = await stand.shop.commit({ files: shopFiles() })
  await stand.github({ commit })

  const [run] = await stand.letterbox.ended(1)
  assert.equal(run?.state, 'failed')
  assert.equal(run?.steps[2]?.state, 'failed')
  assert.match(JSON.stringify(run?.steps[2]?.error), /login|unauthorized|password|credentials/i)
  const everything = JSON.stringify([stand.letterbox.log(run?.id ?? ''), run, stand.letterbox.worker().output()])
  assert.doesNotMatch(everything, /wrong-password-77/)
})

function says(stand: Stand, run: Run['id'], text: RegExp): boolean {
  return stand.letterbox.log(run).some((line) => text.test(line.text))
}
