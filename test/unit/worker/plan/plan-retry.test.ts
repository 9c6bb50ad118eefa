import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ConfigInput, ConfigSchema } from '../../../../config/schema.ts'
import { type RunStep, StepOutputs } from '../../../../job/run.ts'
import { planRetry } from '../../../../worker/plan/plan-retry.ts'
import { sampleEvent, sampleRun } from '../../../support/sample-run.ts'

const BUILD = { build: { image: 'acme/shop' } }
const TEST = { test: { command: 'true' } }
const PUSH = { push: { registry: 'main', tags: ['latest'] } }
type Trigger = NonNullable<ConfigInput['repositories']>[string]['triggers'][number]

const activeWith = (...triggers: Trigger[]) => ({
  digest: 'now',
  config: ConfigSchema.parse({ repositories: { 'github.com/acme/shop': { secret: { env: 'S' }, triggers } } }),
})
const active = activeWith({ name: 'ship', on: 'push', steps: [BUILD, TEST, PUSH] })
const plan = { config: 'then', repositoryKey: 'github.com/acme/shop', triggerIndex: 4, event: sampleEvent() }
const nothingElse = { from: null, currentConfig: false }

function step(
  index: number,
  action: RunStep['action'],
  state: RunStep['state'],
  change: Partial<RunStep> = {},
): RunStep {
  const begun = state !== 'queued' && state !== 'skipped'
  return {
    index,
    action,
    name: action,
    state,
    startedAt: begun ? '2026-11-21T05:00:00.000Z' : null,
    finishedAt: begun ? '2026-11-21T05:00:01.000Z' : null,
    exitCode: null,
    error: null,
    outputs: StepOutputs.parse(action === 'build' ? { image: 'acme/shop', imageId: 'sha256:1' } : {}),
    takenFrom: null,
    ...change,
  }
}

const failedPush = sampleRun({
  trigger: 'ship',
  state: 'failed',
  attempt: 2,
  steps: [step(0, 'build', 'succeeded'), step(1, 'test', 'succeeded'), step(2, 'push', 'failed')],
})

function planned(...given: Parameters<typeof planRetry>) {
  const retry = planRetry(...given)
  return 'planned' in retry ? retry.planned : assert.fail(retry.because)
}

function refused(...given: Parameters<typeof planRetry>): string {
  const retry = planRetry(...given)
  return 'because' in retry ? retry.because : assert.fail('it was planned')
}

test('a retry is the same plan once more, one attempt later', () => {
  const again = planned(failedPush, plan, nothingElse, active)
  assert.deepEqual([again.attempt, again.plan.config, again.plan.triggerIndex, again.taken], [3, 'then', 4, undefined])
})

test('a retry from a step on takes the steps before it as they ended, with their images', () => {
  const { taken = [] } = planned(failedPush, plan, { ...nothingElse, from: 3 }, active)
  assert.deepEqual(
    taken.map(({ index, state, from, outputs }) => [index, state, from, outputs.imageId]),
    [
      [0, 'succeeded', failedPush.id, 'sha256:1'],
      [1, 'succeeded', failedPush.id, null],
    ],
  )
})

test('a step that was taken over itself keeps the run that carried it out', () => {
  const steps = [step(0, 'build', 'succeeded', { takenFrom: '01KFIRST' }), step(1, 'test', 'failed')]
  const { taken = [] } = planned({ ...failedPush, steps }, plan, { ...nothingElse, from: 2 }, active)
  assert.equal(taken[0]?.from, '01KFIRST')
})

test('from the first step on is everything', () => {
  assert.equal(planned(failedPush, plan, { ...nothingElse, from: 1 }, active).taken, undefined)
})

test('no retry begins behind a step that has not succeeded', () => {
  const steps = [step(0, 'build', 'succeeded'), step(1, 'test', 'failed'), step(2, 'push', 'skipped')]
  const because = refused({ ...failedPush, steps }, plan, { ...nothingElse, from: 3 }, active)
  assert.equal(because, `step 2 (test) of run #${failedPush.number} is failed, so no run can begin behind it`)
})

test('a step whose failure was allowed is taken over as it ended', () => {
  const steps = [step(0, 'build', 'succeeded'), step(1, 'test', 'failed'), step(2, 'push', 'failed')]
  const { taken = [] } = planned({ ...failedPush, steps }, plan, { ...nothingElse, from: 3 }, active)
  assert.deepEqual(
    taken.map(({ state }) => state),
    ['succeeded', 'failed'],
  )
})

test('a step that is not there is told with how many there are', () => {
  assert.equal(refused(failedPush, plan, { ...nothingElse, from: 4 }, active), 'there is no step 4: the trigger has 3')
})

test('with the config of now the trigger of the same name is planned for the same event', () => {
  const now = activeWith({ on: 'push', steps: [TEST] }, { name: 'ship', on: 'push', steps: [BUILD, PUSH] })
  const again = planned(failedPush, plan, { from: null, currentConfig: true }, now)
  assert.deepEqual([again.plan.config, again.plan.triggerIndex, again.attempt], ['now', 1, 3])
  assert.deepEqual(
    again.steps.map(({ name }) => name),
    ['build', 'push'],
  )
})

test('with the config of now a trigger that is gone, or that the event no longer starts, is told', () => {
  const other = activeWith({ name: 'other', on: 'push', steps: [TEST] })
  assert.match(refused(failedPush, plan, { from: null, currentConfig: true }, other), /no trigger "ship"/)
  const elsewhere = activeWith({ name: 'ship', on: 'push', branches: ['release'], steps: [TEST] })
  assert.match(refused(failedPush, plan, { from: null, currentConfig: true }, elsewhere), /main/)
})

test('with the config of now steps are taken over only where they are still the same', () => {
  const now = activeWith({ name: 'ship', on: 'push', steps: [BUILD, { ...TEST, name: 'lint' }, PUSH] })
  const because = refused(failedPush, plan, { from: 3, currentConfig: true }, now)
  assert.equal(because, `step 2 is lint now and was test in run #${failedPush.number}`)
})
