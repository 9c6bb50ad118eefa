import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { type EngineDoor, engineDoor } from '../support/engine-door.ts'
import { freshFolder } from '../support/fresh-folder.ts'
import { checkPromise, preparePush } from '../support/one-push.ts'
import { shopFiles } from '../support/shop.ts'
import { type Surroundings, startSurroundings } from '../support/surroundings.ts'
import { until } from '../support/until.ts'

/* The connection to the engine is cut, as when dockerd restarts, and is there again at once. */

const MOMENTS = [
  { step: 'build', says: /^kneading$/, files: { build: 'echo "kneading" && sleep 2' } },
  { step: 'test', says: /^tasting$/, files: { tests: 'echo "tasting"; sleep 2; grep good says.txt' } },
  { step: 'push', says: /^push$/, files: { build: 'head -c 20000000 /dev/urandom > noise' } },
]

suite('an engine whose connection is cut', { concurrency: 3 }, () => {
  let around: Surroundings
  before(async () => {
    around = await startSurroundings()
  })
  after(() => around.close())

  for (const { step, says, files } of MOMENTS)
    test(`in the middle of a ${step} costs a further try, and nothing else`, async (t) => {
      const door: EngineDoor = await engineDoor(around.engine.host, join(freshFolder(t), 'engine.sock'))
      t.after(() => door.shut())
      const name = `cut-${step}`
      const env = { DOCKER_HOST: door.host }
      const push = await preparePush(t, around, { name, env, files: shopFiles({ says: `good ${name}`, ...files }) })
      const { letterbox } = push
      await Promise.all([letterbox.startWebhook(), letterbox.startWorker()])
      await letterbox.post(push.delivery)
      const lines = () => letterbox.runs().flatMap(({ id }) => letterbox.log(id))
      await until(() => lines().some(({ text }) => says.test(text)), {
        what: `the ${step} to be under way`,
        deadlineMs: 60_000,
        describe: () => lines().map(({ text }) => text),
      })

      await door.shut()
      await door.open()

      await checkPromise(push, around)
      assert.match(
        lines()
          .map(({ text }) => text)
          .join('\n'),
        /the engine .*; trying again/i,
      )
    })
})
