import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { githubPush } from '../support/delivery.ts'
import { checkNothingLeft, ONE_PUSH_SECRET, preparePush, untilQuiet } from '../support/one-push.ts'
import { type Surroundings, startSurroundings } from '../support/surroundings.ts'
import { until } from '../support/until.ts'

/* A run that kills the worker must not kill it for ever; one that was only interrupted must not be taken for such. */

suite('a worker that dies', () => {
  let around: Surroundings
  before(async () => {
    around = await startSurroundings()
  })
  after(() => around.close())

  test('a run that kills the worker three times is failed, mailed and cleaned up, and the queue goes on', async (t) => {
    const push = await preparePush(t, around, {
      name: 'killer',
      branches: ['harmless'],
      env: { LETTERBOX_FAILPOINT: 'container-created' },
      change: withScriptOn('harmless', ['/bin/true']),
    })
    const { letterbox, delivery, image, commit } = push
    await letterbox.startWebhook()
    await letterbox.post(delivery)
    const ref = 'refs/heads/harmless'
    await letterbox.post(githubPush({ forge: around.git.url, path: image, secret: ONE_PUSH_SECRET, ref, commit }))
    for (let life = 1; life <= 3; life++) {
      await letterbox.startWorker().catch(() => {})
      await letterbox.worker().ended(40_000)
    }

    await letterbox.startWorker()

    const runs = await untilQuiet(push)
    assert.deepEqual(
      runs.map(({ state, reason }) => [state, reason?.split(':')[0]]),
      [
        ['failed', 'WORKER_DIED'],
        ['succeeded', undefined],
      ],
    )
    const subjects = around.mail.mails().filter(({ to }) => to.includes(push.address))
    assert.match(subjects.map(({ subject }) => subject).join('\n'), /main: failed/)
    assert.ok(letterbox.worker().running())
    await checkNothingLeft(push, around)
  })

  test('a run that was running beside the one that kills the worker is not failed with it', async (t) => {
    const folder = around.git.folder
    const go = join(folder, 'go')
    const push = await preparePush(t, around, {
      name: 'neighbour',
      branches: ['harmless'],
      env: { LETTERBOX_FAILPOINT: 'container-created' },
      change: withScriptOn('harmless', ['/bin/sh', '-c', `until [ -e ${go} ]; do sleep 0.1; done`]),
    })
    const { letterbox, delivery, image, commit } = push
    const ref = 'refs/heads/harmless'
    await letterbox.startWebhook()
    await letterbox.post(delivery)
    await letterbox.post(githubPush({ forge: around.git.url, path: image, secret: ONE_PUSH_SECRET, ref, commit }))
    for (let life = 1; life <= 3; life++) {
      await letterbox.startWorker().catch(() => {})
      await letterbox.worker().ended(40_000)
    }
    writeFileSync(go, '')

    await letterbox.startWorker()

    const runs = await untilQuiet(push)
    assert.deepEqual(
      runs.map(({ branch, state }) => [branch, state]),
      [
        ['main', 'failed'],
        ['harmless', 'succeeded'],
      ],
    )
  })

  test('a worker that is stopped in order counts as no death, however often', async (t) => {
    const go = join(around.git.folder, 'go-on')
    const wait = [
      '/bin/sh',
      '-c',
      `echo "waiting, resumed=\${LETTERBOX_RESUMED:-0}"; until [ -e ${go} ]; do sleep 0.1; done`,
    ]
    const push = await preparePush(t, around, {
      name: 'patient',
      steps: [{ script: { run: wait } }],
      change: (config) => ({ ...config, worker: { ...config.worker, stopTimeout: '1s' } }),
    })
    const { letterbox } = push
    await letterbox.startWebhook()
    await letterbox.post(push.delivery)
    const waits = () =>
      letterbox
        .runs()
        .flatMap(({ id }) => letterbox.log(id))
        .filter(({ text }) => /^waiting/.test(text))
    for (let life = 1; life <= 4; life++) {
      await letterbox.startWorker()
      await until(() => waits().length === life, { what: 'the script to wait', describe: () => waits() })
      assert.equal(await letterbox.worker().stop(), 0)
    }
    writeFileSync(go, '')
    await letterbox.startWorker()

    const [run] = await untilQuiet(push)
    assert.deepEqual([run?.state, run?.reason], ['succeeded', null])
    assert.deepEqual(
      waits().map(({ text }) => text.slice(-1)),
      ['0', '1', '1', '1', '1'],
      'a script that is begun again is told so',
    )
  })
})

/** One more trigger, for another branch that holds the same commit; one run at a time beside the first. */
function withScriptOn(branch: string, run: string[]): NonNullable<Parameters<typeof preparePush>[2]['change']> {
  return (config) => ({
    ...config,
    repositories: Object.fromEntries(
      Object.entries(config.repositories ?? {}).map(
        ([
          path,
          {
            secret,
            triggers: [main],
          },
        ]) => [
          path,
          {
            secret,
            triggers: [
              ...(main === undefined ? [] : [{ ...main, branches: ['main'] }]),
              { name: branch, on: 'push' as const, branches: [branch], steps: [{ script: { run } }] },
            ],
          },
        ],
      ),
    ),
  })
}
