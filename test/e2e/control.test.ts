import assert from 'node:assert/strict'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { freshFolder } from '../support/fresh-folder.ts'
import { processesWith } from '../support/processes-with.ts'
import { BUILD, shopFiles, TEST } from '../support/shop.ts'
import { type Stand, startStand } from '../support/stand.ts'
import { until } from '../support/until.ts'

/** a number of seconds that nobody else sleeps: marks the processes of this test */
const MARK = `8${process.pid}`
const ENDLESS = `trap "" TERM; echo waiting; sleep ${MARK}; sleep ${MARK}`

test('retry --from runs the failed step again with the same image, and says so when that is gone', async (t) => {
  const gate = join(freshFolder(t), 'open')
  const stand = await startStand(t, {
    triggers: [
      {
        on: 'push',
        steps: [BUILD, TEST, { name: 'ship', script: { run: ['/bin/sh', '-c', `test -e ${gate}`], user: 'root' } }],
      },
      { on: 'push', name: 'other', branches: ['other'], steps: [BUILD] },
    ],
  })
  const { letterbox } = stand
  await stand.github({ commit: await stand.shop.commit({ files: shopFiles() }) })
  const [first] = await letterbox.ended(1)
  assert.match(first?.reason ?? '', /^step 3 \(ship\) failed/)

  writeFileSync(gate, '')
  const asked = await letterbox.command('retry', '1', '--from', 'ship')
  assert.equal(asked.code, 0, asked.stderr + asked.stdout)
  const [, second] = await letterbox.ended(2)
  assert.equal(second?.state, 'succeeded', second?.reason ?? '')
  assert.deepEqual(
    second?.steps.map(({ state, takenFrom, outputs }) => [state, takenFrom, outputs.imageId]),
    [
      ['succeeded', first?.id, first?.steps[0]?.outputs.imageId],
      ['succeeded', first?.id, null],
      ['succeeded', null, null],
    ],
  )
  const said = letterbox.log(second?.id ?? '').map(({ text }) => text)
  assert.deepEqual(said.filter((line) => line.includes('taken from run #1')).length, 2)
  assert.ok(!said.includes('ok 1 - it greets'), 'the test ran again')

  const tooFar = await letterbox.command('retry', '1', '--from', '4')
  assert.equal(tooFar.code, 2)
  const imageId = first?.steps[0]?.outputs.imageId ?? ''
  await stand.engine.docker.getImage(imageId).remove({ force: true })
  await letterbox.command('retry', '1', '--from', '2')
  const [, , third] = await letterbox.ended(3)
  assert.match(third?.reason ?? '', /^IMAGE_GONE: /)
})

test('retry --current-config runs the trigger of the same name as the config has it now', async (t) => {
  const triggers = (tests: string) => [
    { name: 'ship', on: 'push' as const, steps: [BUILD, { test: { command: tests } }] },
  ]
  const stand = await startStand(t, { triggers: triggers('exit 1') })
  const { letterbox } = stand
  const commit = await stand.shop.commit({ files: shopFiles() })
  await stand.github({ commit })
  await letterbox.ended(1)
  stand.configure(triggers('echo mended'))
  await until(() => letterbox.worker().output().includes('config reloaded'), {
    what: 'the worker to take the config up',
  })
  const asked = await letterbox.command('retry', '1', '--current-config', '--from', '2')
  assert.equal(asked.code, 0, asked.stdout)
  const [, second] = await letterbox.ended(2)
  assert.deepEqual([second?.state, second?.commit, second?.attempt], ['succeeded', commit, 2])
})

test('a cancel is not lost when the worker is killed right after it took it', async (t) => {
  const once = join(freshFolder(t), 'killed')
  const stand = await startStand(t, {
    triggers: [{ on: 'push', steps: [BUILD, TEST] }],
    // the push is recorded first, the cancel second
    env: { LETTERBOX_FAILPOINT: 'recorded:2', LETTERBOX_FAILPOINT_ONCE: once },
  })
  const { letterbox } = stand
  await stand.github({ commit: await stand.shop.commit({ files: shopFiles({ tests: ENDLESS }) }) })
  const { id } = await letterbox.run('the test to run', (run) => isWaiting(stand, run.id))
  await letterbox.command('cancel', id, '--no-wait')
  await until(() => existsSync(once) && !letterbox.worker().running(), { what: 'the worker to be killed' })
  assert.equal(letterbox.runs()[0]?.state, 'running')
  await letterbox.startWorker()
  const [run] = await letterbox.ended(1)
  assert.equal(run?.state, 'canceled')
  assert.match(run?.reason ?? '', /^canceled by .+@/)
  await gone()
})

test('what is over its time limit is gone within five seconds: of a step, and of the run in the middle of a build', async (t) => {
  const slowBuild = { build: { image: 'acme/shop', noCache: true } }
  const stand = await startStand(t, {
    triggers: [
      { on: 'push', branches: ['step'], steps: [BUILD, { ...TEST, timeout: '2s' }] },
      { on: 'push', branches: ['run'], timeout: '4s', steps: [slowBuild, TEST] },
    ],
  })
  await stand.shop.commit({ files: shopFiles() })
  const commit = await stand.shop.commit({ files: shopFiles({ tests: ENDLESS }), branch: 'step' })
  await stand.github({ ref: 'refs/heads/step', commit })
  const [step] = await stand.letterbox.ended(1)
  assert.deepEqual([step?.state, step?.steps[1]?.error?.code], ['failed', 'STEP_TIMEOUT'])
  await gone()
  const building = await stand.shop.commit({ files: shopFiles({ build: ENDLESS }), branch: 'run' })
  await stand.github({ ref: 'refs/heads/run', commit: building })
  const [, run] = await stand.letterbox.ended(2)
  assert.match(run?.reason ?? '', /^RUN_TIMEOUT: /)
  assert.deepEqual(
    run?.steps.map(({ state }) => state),
    ['failed', 'skipped'],
  )
  assert.ok(Date.parse(run?.finishedAt ?? '') - Date.parse(run?.startedAt ?? '') < 9000)
  await gone()
})

test('with supersede: running a newer push ends the older run and takes its place', async (t) => {
  const stand = await startStand(t, { triggers: [{ on: 'push', supersede: 'running', steps: [BUILD, TEST] }] })
  await stand.github({ commit: await stand.shop.commit({ files: shopFiles({ tests: ENDLESS }) }) })
  const older = await stand.letterbox.run('the test to run', (run) => isWaiting(stand, run.id))
  await stand.github({ commit: await stand.shop.commit({ files: shopFiles() }) })
  const [first, second] = await stand.letterbox.ended(2)
  assert.deepEqual([first?.id, first?.state, second?.state], [older.id, 'canceled', 'succeeded'])
  assert.equal(first?.reason, `superseded by run #2 (${second?.id}), a newer push to main`)
  await gone()
})

function isWaiting(stand: Stand, run: string): boolean {
  return stand.letterbox.log(run).some(({ stream, text }) => stream === 'stdout' && text === 'waiting')
}

function gone(): Promise<unknown> {
  return until(() => processesWith(`sleep ${MARK}`).length === 0, {
    what: 'its processes to be gone',
    deadlineMs: 5000,
    describe: () => processesWith(`sleep ${MARK}`),
  })
}
