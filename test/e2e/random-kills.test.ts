import assert from 'node:assert/strict'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { openStoreReader } from '../../job/store.ts'
import { type Delivery, githubPush } from '../support/delivery.ts'
import type { Letterbox } from '../support/letterbox.ts'
import { checkNothingLeft, ONE_PUSH_SECRET, type OnePush, preparePush, untilQuiet } from '../support/one-push.ts'
import { startSurroundings } from '../support/surroundings.ts'
import { until } from '../support/until.ts'

/** The full sweep is what `.ci/run` asks for; by default a small one. */
const { deliveries: DELIVERIES, kills: KILLS } =
  process.env.LETTERBOX_SWEEP === 'full' ? { deliveries: 200, kills: 20 } : { deliveries: 40, kills: 5 }
/** How far the deliveries may be ahead of the runs, so that programs are killed under both. */
const AHEAD = 15
const LONGEST_DELAY_MS = 400

test(`${DELIVERIES} deliveries over ${KILLS} kills at random times: none is lost, none is run twice`, async (t) => {
  const around = await startSurroundings()
  t.after(() => around.close())
  const seed = Number(process.env.LETTERBOX_SWEEP_SEED ?? Date.now() % 1_000_000)
  t.diagnostic(`LETTERBOX_SWEEP_SEED=${seed}`)
  const random = randomFrom(seed)
  const done = join(around.git.folder, 'done')
  writeFileSync(done, '')
  chmodSync(done, 0o666)
  const branches = Array.from({ length: DELIVERIES }, (_, index) => `branch-${index}`)
  const run = ['/bin/sh', '-c', `echo "$LETTERBOX_RUN" >> ${done}`]
  const push = await preparePush(t, around, { name: 'random', branches, steps: [{ script: { run } }] })
  const { letterbox, image: path, commit } = push
  const forge = around.git.url
  const signed = { forge, path, commit, secret: ONE_PUSH_SECRET }
  await Promise.all([letterbox.startWebhook(), letterbox.startWorker()])

  const killed = { webhook: 0, worker: 0 }
  const kill = async () => {
    const program = random() < 0.5 ? 'webhook' : 'worker'
    killed[program] += 1
    await letterbox[program]().kill9()
    await (program === 'webhook' ? letterbox.startWebhook() : letterbox.startWorker())
  }
  const killing = (async () => {
    for (let count = 1; count <= KILLS; count++) {
      await progress(push, (count * DELIVERIES) / (KILLS + 1))
      await pause(random() * LONGEST_DELAY_MS)
      await kill()
    }
  })()
  const jobs = new Set<unknown>()
  for (const [index, branch] of branches.entries()) {
    await progress(push, index - AHEAD)
    jobs.add(await deliver(letterbox, githubPush({ ...signed, ref: `refs/heads/${branch}` })))
  }
  await killing

  const runs = await untilQuiet(push, 120_000)
  t.diagnostic(`killed: webhook ${killed.webhook} times, worker ${killed.worker} times`)
  assert.equal(jobs.size, DELIVERIES)
  assert.deepEqual(runs.map((one) => one.branch).toSorted(), branches.toSorted(), 'one run for each delivery')
  assert.deepEqual(new Set(runs.map(({ state, reason }) => `${state} ${reason}`)), new Set(['succeeded null']))
  assert.deepEqual(new Set(runs.map(({ job }) => job)), jobs, 'each of the job that was answered')
  assert.equal(repeated(letterbox), 0, 'no delivery was recorded twice')
  const ran = new Set(readFileSync(done, 'utf8').trim().split('\n'))
  assert.deepEqual(ran, new Set(runs.map(({ id }) => id)), 'each run did its work')
  const mails = around.mail.mails().map(({ messageId }) => messageId)
  assert.equal(new Set(mails).size, DELIVERIES, 'one mail for each run')
  assert.ok(mails.length <= DELIVERIES + killed.worker, `${mails.length} copies`)
  await checkNothingLeft(push, around)
})

/** Waits until so many runs have ended. */
async function progress({ letterbox }: OnePush, count: number): Promise<void> {
  if (count <= 0) return
  const ended = () => letterbox.runs().filter(({ finishedAt }) => finishedAt !== null).length
  const describe = () => `${ended()} ended\n${letterbox.worker().output().slice(-3000)}`
  await until(() => ended() >= count, { what: `${count} runs to end`, deadlineMs: 120_000, describe })
}

/** As a forge does that redelivers until it is answered. */
async function deliver(letterbox: Letterbox, delivery: Delivery): Promise<unknown> {
  const post = async () => {
    const { body } = await letterbox.post(delivery)
    return body.job ?? body.duplicate
  }
  return await until(post, { what: 'the delivery to be answered', deadlineMs: 60_000 })
}

function repeated({ data }: Letterbox): number {
  const store = openStoreReader(data.store)
  try {
    return store.deliveries({ limit: 10_000 }).length - DELIVERIES
  } finally {
    store.close()
  }
}

/** The same seed gives the same kills (their times depend on the machine). mulberry32, public domain. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
