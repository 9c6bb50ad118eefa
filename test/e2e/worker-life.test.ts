import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { BUILD, MAIN_JOB, shopFiles } from '../support/shop.ts'
import { startStand } from '../support/stand.ts'
import { until } from '../support/until.ts'

test('worker --once takes what waits, runs it to its end, mails, and exits', async (t) => {
  const stand = await startStand(t, { triggers: MAIN_JOB, start: ['webhook'] })
  const { letterbox } = stand
  const commit = await stand.shop.commit({ files: shopFiles() })
  await stand.github({ commit })
  assert.equal(readdirSync(letterbox.data.spoolNew).length, 1)

  const worker = await letterbox.command('worker', '--once')

  assert.equal(worker.code, 0, worker.stderr)
  const [run] = letterbox.runs()
  assert.equal(run?.state, 'succeeded', run?.reason ?? '')
  assert.equal(stand.mail.mails().length, 1)
  assert.deepEqual(readdirSync(letterbox.data.spoolNew), [])
})

test('a bad config never stops a good one', async (t) => {
  const stand = await startStand(t, { triggers: [{ name: 'first', on: 'push', steps: [BUILD] }] })
  const { letterbox, shop } = stand
  const good = readFileSync(letterbox.configFile, 'utf8')

  writeFileSync(letterbox.configFile, good.replace('steps:', 'stepps:'))
  await until(() => /stepps/.test(letterbox.worker().output()), { what: 'the worker to refuse the config' })
  await until(() => /stepps/.test(readFileSync(letterbox.data.workerState, 'utf8')), { what: 'worker.json to say so' })
  const commit = await shop.commit({ files: shopFiles() })
  assert.deepEqual((await stand.github({ commit })).body.starts, ['first'])
  const [run] = await letterbox.ended(1)
  assert.equal(run?.state, 'succeeded', run?.reason ?? '')

  stand.configure([{ name: 'second', on: 'push', steps: [BUILD] }])
  const next = await shop.commit({ files: shopFiles({ says: 'good evening' }) })
  const refused = () => JSON.parse(readFileSync(letterbox.data.workerState, 'utf8')).config.refused
  await until(() => refused() === null, { what: 'the worker to take the mended config' })
  const starts = async () => (await stand.github({ commit: next, message: `try ${performance.now()}` })).body.starts
  await until(async () => String(await starts()) === 'second', { what: 'the webhook to take the mended config' })
  const later = await letterbox.run('a run of the new trigger', ({ trigger }) => trigger === 'second')
  assert.equal(later.trigger, 'second')
})

test('two workers never work on one data folder', async (t) => {
  const stand = await startStand(t, { triggers: MAIN_JOB, start: ['worker'] })

  const second = await stand.letterbox.command('worker')

  assert.equal(second.code, 1)
  assert.match(second.stdout + second.stderr, /already|another|running/i)
  assert.ok(stand.letterbox.worker().running())
})
