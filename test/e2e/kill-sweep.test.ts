import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { TRANSITIONS, type Transition, transitionsOf } from '../../job/transitions.ts'
import { checkPromise, type OnePush, postOrDie, preparePush } from '../support/one-push.ts'
import { type Surroundings, startSurroundings } from '../support/surroundings.ts'

/* Kills the webhook program or the worker at each transition of a push's way, starts it again, and then looks from the
 * outside whether the promise was kept. */

/** Between "the mail server took it" and "the store knows" there is no asking: SMTP has no question for it. */
const COPIES: Partial<Record<Transition, number>> = { 'mail-sent': 2 }
const AT_A_TIME = 4

suite('killed at any transition, a push is run once, pushed once and mailed', { concurrency: AT_A_TIME }, () => {
  let around: Surroundings
  before(async () => {
    around = await startSurroundings()
  })
  after(() => around.close())

  for (const name of transitionsOf('push')) {
    const { program, means } = TRANSITIONS[name]
    test(`${program} killed at ${name}: ${means}`, async (t) => {
      const mark = { LETTERBOX_FAILPOINT: name, LETTERBOX_FAILPOINT_ONCE: join(around.git.folder, `killed-${name}`) }
      t.after(() => rmSync(mark.LETTERBOX_FAILPOINT_ONCE, { force: true }))
      const push = await preparePush(t, around, { name, env: mark })

      const answer = await (program === 'webhook' ? killWebhook(push) : killWorker(push))

      assert.ok(answer.status === 202 || 'duplicate' in answer.body, JSON.stringify(answer))
      await checkPromise(push, around, COPIES[name])
      assert.equal(await push.letterbox.worker().stop(), 0)
    })
  }
})

/** The forge gets no answer, or none that it can read, and delivers again. */
async function killWebhook(push: OnePush) {
  const { letterbox } = push
  const [webhook] = await Promise.all([letterbox.startWebhook(), letterbox.startWorker()])
  const first = await postOrDie(push)
  await webhook.ended(10_000)
  assert.ok(first === null || first.status === 202)
  await letterbox.startWebhook()
  const second = await letterbox.post(push.delivery)
  if (first !== null) assert.equal(second.body.duplicate, first.body.job)
  return second
}

async function killWorker(push: OnePush) {
  const { letterbox } = push
  const [, worker] = await Promise.all([letterbox.startWebhook(), startOrDie(push)])
  const answer = await letterbox.post(push.delivery)
  await worker.ended(40_000)
  await letterbox.startWorker()
  return answer
}

/** Some transitions are passed before the worker is ready. */
async function startOrDie({ letterbox }: OnePush) {
  await letterbox.startWorker().catch((error: Error) => assert.match(error.message, /ended before it said/))
  return letterbox.worker()
}
