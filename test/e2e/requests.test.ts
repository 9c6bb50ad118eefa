import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BUILD, MAIN_JOB, shopFiles } from '../support/shop.ts'
import { SHOP, type Stand, startStand } from '../support/stand.ts'

test('retry runs the same commit again, and the command line tells all of it', async (t) => {
  const stand = await startStand(t, { triggers: MAIN_JOB })
  const { letterbox } = stand
  const commit = await stand.shop.commit({ files: shopFiles({ tests: 'echo "the shelf is empty"; exit 1' }) })
  await stand.github({ commit })
  const [first] = await letterbox.ended(1)
  assert.equal(first?.state, 'failed')

  const asked = await letterbox.command('retry', first?.id ?? '')
  assert.equal(asked.code, 0, asked.stderr)
  const [, second] = await letterbox.ended(2)
  assert.equal(second?.attempt, 2)
  assert.equal(second?.commit, commit)
  assert.equal(second?.trigger, first?.trigger)

  const runs = await letterbox.command('runs', '--json')
  assert.deepEqual(
    JSON.parse(runs.stdout).runs.map((run: { id: string }) => run.id),
    [second?.id, first?.id],
  )
  const show = await letterbox.command('show', second?.id ?? '', '--json')
  assert.deepEqual(JSON.parse(show.stdout), second)
  const log = await letterbox.command('logs', second?.id ?? '')
  assert.match(log.stdout, /the shelf is empty/)
})

test('cancel ends a running test at once, its container is gone and the next run starts', async (t) => {
  const stand = await startStand(t, {
    triggers: MAIN_JOB,
    change: (config) => ({ ...config, worker: { ...config.worker, concurrency: 1 } }),
  })
  const { letterbox } = stand
  const endless = await stand.shop.commit({ files: shopFiles({ tests: 'echo waiting; sleep 600' }), branch: 'main' })
  await stand.github({ commit: endless })
  const running = await letterbox.run('the test to run', ({ id }) => saying(stand, id, 'waiting'))
  const containers = await runContainers(stand)
  assert.equal(containers.length, 1)
  const next = await stand.shop.commit({ files: shopFiles() })
  await stand.github({ commit: next })

  const asked = performance.now()
  const canceled = await letterbox.command('cancel', running.id)
  assert.equal(canceled.code, 0, canceled.stderr)
  const ended = await letterbox.run('the run to end', (run) => run.id === running.id && run.finishedAt !== null)
  const seconds = (performance.now() - asked) / 1000
  assert.equal(ended.state, 'canceled')
  assert.match(ended.reason ?? '', /canceled by/)
  assert.ok(seconds < 10, `it took ${seconds.toFixed(1)} s`)

  const [, second] = await letterbox.ended(2)
  assert.equal(second?.commit, next)
  assert.equal(second?.state, 'succeeded', second?.reason ?? '')
  assert.deepEqual(await runContainers(stand), [])
})

test('trigger runs a branch that nobody pushed', async (t) => {
  const stand = await startStand(t, { triggers: [{ on: 'push', steps: [BUILD] }] })
  const { letterbox } = stand
  const commit = await stand.shop.commit({ files: shopFiles(), branch: 'quiet' })

  const asked = await letterbox.command('trigger', `${stand.git.host}/${SHOP}`, '--branch', 'quiet')
  assert.equal(asked.code, 0, asked.stderr)

  const [run] = await letterbox.ended(1)
  assert.deepEqual([run?.state, run?.event, run?.branch, run?.commit], ['succeeded', 'manual', 'quiet', commit])
})

function saying(stand: Stand, run: string, text: string): boolean {
  return stand.letterbox.log(run).some((line) => line.text.includes(text) && line.stream === 'stdout')
}

/** Containers of this stand: other tests may share the engine. */
async function runContainers(stand: Stand): Promise<string[]> {
  const ids = new Set(stand.letterbox.runs().map((run) => run.id))
  const containers = await stand.engine.docker.listContainers({ all: true })
  return containers.filter((one) => Object.values(one.Labels).some((value) => ids.has(value))).map((one) => one.Id)
}
