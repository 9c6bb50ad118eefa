import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Run } from '../../job/run.ts'
import { MAIN_JOB, shopFiles } from '../support/shop.ts'
import { SHOP, type Stand, startStand } from '../support/stand.ts'
import { until } from '../support/until.ts'

test('a worker killed in the middle of a build goes on after its restart: one end, one mail', async (t) => {
  const stand = await startStand(t, { triggers: MAIN_JOB })
  const run = await pushAndWaitFor(stand, shopFiles({ build: 'echo "kneading" && sleep 3' }), 'kneading')

  await stand.letterbox.worker().kill9()
  await stand.letterbox.startWorker()

  await endsOnceAsSucceeded(stand, run)
})

test('a worker killed in the middle of a test goes on after its restart: one end, one mail', async (t) => {
  const stand = await startStand(t, { triggers: MAIN_JOB })
  const run = await pushAndWaitFor(stand, shopFiles({ tests: 'echo "tasting"; sleep 3' }), 'tasting')

  await stand.letterbox.worker().kill9()
  await stand.letterbox.startWorker()

  const ended = await endsOnceAsSucceeded(stand, run)
  assert.equal(ended.steps[0]?.state, 'succeeded')
  assert.deepEqual(await containersOf(stand, run.id), [], 'the container that the killed worker left is gone')
})

test('a worker told to stop lays a long run down and goes on with it after its restart', async (t) => {
  const stand = await startStand(t, {
    triggers: MAIN_JOB,
    change: (config) => ({ ...config, worker: { ...config.worker, stopTimeout: '1s' } }),
  })
  const run = await pushAndWaitFor(stand, shopFiles({ tests: 'echo "tasting"; sleep 4' }), 'tasting')

  const code = await stand.letterbox.worker().stop()
  assert.equal(code, 0)
  assert.equal(stand.letterbox.runs()[0]?.finishedAt, null, 'the run is not over')
  assert.deepEqual(await containersOf(stand, run.id), [])
  await stand.letterbox.startWorker()

  await endsOnceAsSucceeded(stand, run)
})

test('a worker told to stop lets a run end that is nearly through', async (t) => {
  const stand = await startStand(t, {
    triggers: MAIN_JOB,
    change: (config) => ({ ...config, worker: { ...config.worker, stopTimeout: '30s' } }),
  })
  const run = await pushAndWaitFor(stand, shopFiles({ tests: 'echo "tasting"; sleep 1' }), 'tasting')

  assert.equal(await stand.letterbox.worker().stop(), 0)

  const ended = stand.letterbox.runs().find((one) => one.id === run.id)
  assert.equal(ended?.state, 'succeeded', ended?.reason ?? '')
})

async function pushAndWaitFor(stand: Stand, files: Record<string, string>, said: string): Promise<Run> {
  const commit = await stand.shop.commit({ files })
  await stand.github({ commit })
  const isSaid = ({ id }: Run) => stand.letterbox.log(id).some((line) => line.text === said)
  return await stand.letterbox.run(`the run to say "${said}"`, isSaid)
}

async function endsOnceAsSucceeded(stand: Stand, run: Run): Promise<Run> {
  const { letterbox, mail, registry } = stand
  const ended = await letterbox.run('the run to end', (one) => one.id === run.id && one.finishedAt !== null)
  assert.equal(ended.state, 'succeeded', ended.reason ?? '')
  assert.equal(letterbox.runs().length, 1)
  assert.equal((await registry.inspect(SHOP, 'latest'))?.digest, ended.steps[2]?.outputs.digest)
  await mail.waitForMail(() => true)
  // what could send a second mail has had its chance when the worker has drained and gone
  await letterbox.worker().stop()
  const once = await letterbox.command('worker', '--once')
  assert.equal(once.code, 0, once.stderr)
  assert.equal(mail.mails().length, 1)
  return ended
}

async function containersOf(stand: Stand, run: string): Promise<string[]> {
  const list = async () => {
    const containers = await stand.engine.docker.listContainers({ all: true })
    return containers.filter((one) => Object.values(one.Labels).includes(run)).map((one) => one.Id)
  }
  const gone = async () => (await list()).length === 0
  await until(gone, { what: 'its containers to go', deadlineMs: 5000 }).catch(() => {})
  return await list()
}
