import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Step } from '../../../../config/schema.ts'
import { type Action, type RunState, type RunStep, StepOutputs } from '../../../../job/run.ts'
import type { Engine } from '../../../../worker/engines/engine.ts'
import { finishedBefore } from '../../../../worker/run/finished-before.ts'
import { sampleRun } from '../../../support/sample-run.ts'

function steps(...given: [Action, RunState, string?][]): RunStep[] {
  return given.map(([action, state, imageId], index) => ({
    index,
    action,
    name: action,
    state,
    startedAt: null,
    finishedAt: null,
    exitCode: null,
    error: null,
    outputs: StepOutputs.parse(imageId ? { image: 'acme/shop', imageId } : {}),
    takenFrom: null,
  }))
}

const engineWith = (...images: string[]): Pick<Engine, 'hasImage'> => ({
  hasImage: async (id) => images.includes(id),
})
const strict: Pick<Step, 'allowFailure'>[] = Array.from({ length: 4 }, () => ({ allowFailure: false }))

async function remains(list: RunStep[], engine = engineWith('sha256:a'), config = strict) {
  const { done, begun, images } = await finishedBefore(sampleRun({ steps: list }), config, engine)
  return { done: [...done], begun: [...begun], images: images.map((image) => image.imageId) }
}

test('a resumed run goes on after its last finished step', async () => {
  assert.deepEqual(
    await remains(steps(['build', 'succeeded', 'sha256:a'], ['test', 'succeeded'], ['push', 'running'])),
    {
      done: [0, 1],
      begun: [2],
      images: ['sha256:a'],
    },
  )
})

test('a build whose image is gone is done again with the tests after it, but no push is repeated', async () => {
  const list = steps(
    ['build', 'succeeded', 'sha256:gone'],
    ['test', 'succeeded'],
    ['push', 'succeeded'],
    ['script', 'running'],
  )
  assert.deepEqual(await remains(list), { done: [2], begun: [3], images: [] })
})

test('a step that was allowed to fail is not tried again', async () => {
  const config = [{ allowFailure: true }, { allowFailure: false }]
  assert.deepEqual((await remains(steps(['test', 'failed'], ['push', 'running']), engineWith(), config)).done, [0])
})

test('a retry from a step on fails where the image that it takes over is gone, and a later step needs it', async () => {
  const [build, push] = steps(['build', 'succeeded', 'sha256:gone'], ['push', 'queued'])
  const taken = { ...(build ?? assert.fail()), takenFrom: '01KEARLIER' }
  await assert.rejects(remains([taken, push ?? assert.fail()]), { code: 'IMAGE_GONE' })
  const [, script] = steps(['build', 'succeeded'], ['script', 'queued'])
  assert.deepEqual(await remains([taken, script ?? assert.fail()]), { done: [0], begun: [], images: [] })
})
