import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MAIN_JOB, shopFiles } from '../support/shop.ts'
import { SHOP, startStand } from '../support/stand.ts'

/** Lines of the run log, in the order in which a run of the main job says them. */
const MOMENTS = [/^checked out/, /^build$/, /^built /, /^test$/, /^push$/, /^pushed .*:latest/, /^run succeeded/]

test('wherever the worker is killed, the run ends once, is pushed and mailed', async (t) => {
  const stand = await startStand(t, { triggers: MAIN_JOB })
  const { letterbox, shop, registry, mail } = stand
  for (const [index, moment] of MOMENTS.entries()) {
    await t.test(`killed when the run says ${moment}`, async () => {
      const commit = await shop.commit({ files: shopFiles({ says: `good day number ${index}` }) })
      const { body } = await stand.github({ commit })
      const hasSaid = (id: string) => letterbox.log(id).some((line) => moment.test(line.text))
      const run = await letterbox.run(`the run to say ${moment}`, ({ id, job }) => job === body.job && hasSaid(id))

      await letterbox.worker().kill9()
      await letterbox.startWorker()

      const ended = await letterbox.run('the run to end', ({ id, finishedAt }) => id === run.id && finishedAt !== null)
      assert.equal(ended.state, 'succeeded', ended.reason ?? '')
      assert.deepEqual(
        ended.steps.map((step) => step.state),
        ['succeeded', 'succeeded', 'succeeded'],
      )
      const inRegistry = await registry.inspect(SHOP, commit.slice(0, 12))
      assert.equal(ended.steps[2]?.outputs.digest, inRegistry?.digest)
      await mail.waitForMail(({ subject }) => subject.includes(`#${run.number} `))
    })
  }
  await letterbox.worker().stop()
  assert.equal((await letterbox.command('worker', '--once')).code, 0)
  const ids = new Set(mail.mails().map((one) => one.messageId))
  assert.equal(ids.size, MOMENTS.length, 'one message for each run; sent twice it would carry the same id')
  assert.equal(letterbox.runs().length, MOMENTS.length)
})

test('a delivery that was answered with 202 is run, though the webhook program was killed right after', async (t) => {
  const stand = await startStand(t, { triggers: MAIN_JOB, start: ['webhook'] })
  const { letterbox } = stand
  const commit = await stand.shop.commit({ files: shopFiles() })
  const { status, body } = await stand.github({ commit })
  await letterbox.webhook().kill9()
  assert.equal(status, 202)

  await letterbox.startWorker()

  const [run] = await letterbox.ended(1)
  assert.deepEqual([run?.job, run?.state, run?.reason], [body.job, 'succeeded', null])
})
