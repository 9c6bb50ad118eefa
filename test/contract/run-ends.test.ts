import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { LetterboxError } from '../../job/letterbox-error.ts'
import { StepOutputs } from '../../job/run.ts'
import type { StopReason } from '../../worker/queue/stop-reason.ts'
import { type Play, startRunStand, untilStopped } from '../support/run-stand.ts'
import { until } from '../support/until.ts'

class Unavailable extends LetterboxError {
  readonly code = 'UNAVAILABLE'
  readonly fault = 'ours'
}

const SCRIPT = { script: { run: ['/bin/true'] } }
const triggers = [{ on: 'push' as const, steps: [SCRIPT, SCRIPT, SCRIPT] }]
const canceled: StopReason = { kind: 'canceled', by: 'ada@shop' }

describe('a run that is canceled', () => {
  test('in a step: that step and the later ones are canceled, and the reason names who', async (t) => {
    const controller = new AbortController()
    const play: Play = async (_step, context) => {
      if (context.index === 0) return {}
      controller.abort(canceled)
      return untilStopped(context)
    }
    const stand = startRunStand(t, { triggers, play })
    const run = await stand.carryOut(stand.queued(), controller.signal)
    assert.deepEqual([run.state, run.reason], ['canceled', 'canceled by ada@shop'])
    assert.deepEqual(
      run.steps.map(({ state }) => state),
      ['succeeded', 'canceled', 'canceled'],
    )
    assert.equal(stand.said(run).at(-1), 'run canceled: canceled by ada@shop')
  })

  test('before it does anything: no step begins', async (t) => {
    const controller = new AbortController()
    controller.abort(canceled)
    const begun: number[] = []
    const play: Play = async (_step, { index }) => {
      begun.push(index)
      return {}
    }
    const stand = startRunStand(t, { triggers, play })
    const run = await stand.carryOut(stand.queued(), controller.signal)
    assert.equal(run.state, 'canceled')
    assert.deepEqual(begun, [])
  })

  test('between two steps: the next one does not begin', async (t) => {
    const controller = new AbortController()
    const begun: number[] = []
    const play: Play = async (_step, { index }) => {
      begun.push(index)
      if (index === 1) controller.abort(canceled)
      return {}
    }
    const stand = startRunStand(t, { triggers, play })
    const run = await stand.carryOut(stand.queued(), controller.signal)
    assert.deepEqual(begun, [0, 1])
    assert.equal(run.state, 'canceled')
    assert.deepEqual(
      run.steps.map(({ state, startedAt }) => [state, startedAt !== null]),
      [
        ['succeeded', true],
        ['succeeded', true],
        ['canceled', false],
      ],
    )
  })

  test('when all its steps are done: it ends once, as it was', async (t) => {
    const controller = new AbortController()
    const mailsOf = () => {
      controller.abort(canceled)
      return []
    }
    const stand = startRunStand(t, { triggers, play: async () => ({}), change: { mailsOf } })
    const run = await stand.carryOut(stand.queued(), controller.signal)
    assert.deepEqual([run.state, run.reason], ['succeeded', null])
    assert.equal(stand.said(run).filter((line) => line.startsWith('run ')).length, 1)
  })

  test('a command that fails because it was stopped is canceled, not failed', async (t) => {
    const controller = new AbortController()
    const play: Play = async () => {
      controller.abort(canceled)
      return { exitCode: 137 }
    }
    const stand = startRunStand(t, { triggers, play })
    const run = await stand.carryOut(stand.queued(), controller.signal)
    assert.deepEqual([run.state, run.steps[0]?.state, run.steps[0]?.error], ['canceled', 'canceled', null])
  })

  test('while it waits to try again: it ends at once', async (t) => {
    const controller = new AbortController()
    const play: Play = async () => {
      setImmediate(() => controller.abort(canceled))
      throw new Unavailable('the engine is away')
    }
    const stand = startRunStand(t, { triggers, play, change: { backoffMs: [60_000] } })
    const run = await stand.carryOut(stand.queued(), controller.signal)
    assert.equal(run.state, 'canceled')
    assert.match(stand.said(run).join('\n'), /the engine is away; trying again in 60 s \(try 2\)/)
  })

  test('and whose step does not stop, as on an engine that never answers: it is left behind, and the run ends', async (t) => {
    const controller = new AbortController()
    const play: Play = () => {
      controller.abort(canceled)
      return new Promise(() => {})
    }
    const stand = startRunStand(t, { triggers, play, change: { patienceMs: 20 } })
    const run = await stand.carryOut(stand.queued(), controller.signal)
    assert.deepEqual([run.state, run.steps[0]?.state], ['canceled', 'canceled'])
    assert.match(stand.errors.join('\n'), /did not stop when it was told to/)
  })
})

describe('a time limit', () => {
  test('of the run ends the step under way, and says so of both', async (t) => {
    const limited = [{ on: 'push' as const, timeout: '30ms', steps: [SCRIPT, SCRIPT] }]
    const stand = startRunStand(t, { triggers: limited, play: (_step, context) => untilStopped(context) })
    const run = await stand.carryOut(stand.queued())
    assert.equal(run.state, 'failed')
    assert.equal(run.reason, 'RUN_TIMEOUT: the run did not end within its time limit of 0.03 s')
    assert.deepEqual(
      run.steps.map(({ state, error }) => [state, error?.code]),
      [
        ['failed', 'RUN_TIMEOUT'],
        ['skipped', undefined],
      ],
    )
  })

  test('of the run counts the waits between tries', async (t) => {
    const limited = [{ on: 'push' as const, timeout: '30ms', steps: [SCRIPT] }]
    const play: Play = async () => {
      throw new Unavailable('the engine is away')
    }
    const stand = startRunStand(t, { triggers: limited, play, change: { backoffMs: [60_000] } })
    const run = await stand.carryOut(stand.queued())
    assert.match(run.reason ?? '', /^RUN_TIMEOUT/)
  })

  test('of a step fails that step, and a failure that is allowed lets the run go on', async (t) => {
    const steps = [{ ...SCRIPT, timeout: '20ms', allowFailure: true }, SCRIPT]
    const play: Play = (_step, context) => (context.index === 0 ? untilStopped(context) : Promise.resolve({}))
    const stand = startRunStand(t, { triggers: [{ on: 'push', steps }], play })
    const run = await stand.carryOut(stand.queued())
    assert.deepEqual([run.state, run.steps[0]?.error?.code], ['succeeded', 'STEP_TIMEOUT'])
  })

  test('longer than a timer can hold does not end the run at once', async (t) => {
    const limited = [{ on: 'push' as const, timeout: '60d', steps: [{ ...SCRIPT, timeout: '40d' }] }]
    const play: Play = async () => {
      await new Promise((resolve) => setTimeout(resolve, 20))
      return {}
    }
    const stand = startRunStand(t, { triggers: limited, play })
    assert.equal((await stand.carryOut(stand.queued())).state, 'succeeded')
  })
})

describe('steps that change the same thing outside', () => {
  const deploy = { deploy: { to: 'elastic-beanstalk' as const, application: 'crm', environment: 'crm-{{ branch }}' } }
  const two = [
    { on: 'push' as const, name: 'one', steps: [SCRIPT, deploy] },
    { on: 'push' as const, name: 'two', steps: [deploy, deploy] },
  ]

  test('go one after the other, whatever their trigger, and the log says for whom they wait', async (t) => {
    const doing: string[] = []
    const gate = Promise.withResolvers<void>()
    const play: Play = async (step, { run, index }) => {
      if (step.action !== 'deploy') return {}
      doing.push(`${run.trigger} ${index} in`)
      if (doing.length === 1) await gate.promise
      doing.push(`${run.trigger} ${index} out`)
      return {}
    }
    const stand = startRunStand(t, { triggers: two, play })
    const [first, second] = [stand.queued(1, { trigger: 'two' }), stand.queued(0, { trigger: 'one' })]
    const ends = [stand.carryOut(first), stand.carryOut(second)]
    await until(() => stand.record(second).steps[0]?.state === 'succeeded', {
      what: 'the second run to reach its deploy',
    })
    await until(() => doing.length === 1, { what: 'the first deploy' })
    assert.equal(stand.record(second).steps[1]?.state, 'queued')
    gate.resolve()
    const runs = await Promise.all(ends)
    assert.deepEqual(
      runs.map(({ state }) => state),
      ['succeeded', 'succeeded'],
    )
    assert.deepEqual(doing.slice(0, 2), ['two 0 in', 'two 0 out'])
    assert.ok(
      doing.every((line, at) => at % 2 === 0 || line.endsWith('out')),
      doing.join(', '),
    )
    const name = `${first.repository}#${first.number}`
    assert.ok(stand.said(second).includes(`waits for ${name}, which holds elastic-beanstalk crm/crm-main`))
  })

  test('a run that waits for another can be canceled, and the one in its place goes on', async (t) => {
    const gate = Promise.withResolvers<void>()
    const play: Play = async () => {
      await gate.promise
      return {}
    }
    const stand = startRunStand(t, { triggers: [{ on: 'push', steps: [deploy] }], play })
    const [first, second] = [stand.queued(), stand.queued()]
    const controller = new AbortController()
    const ends = [stand.carryOut(first), stand.carryOut(second, controller.signal)]
    await until(() => stand.record(first).steps[0]?.state === 'running', { what: 'the first deploy' })
    controller.abort(canceled)
    assert.equal((await ends[1])?.state, 'canceled')
    gate.resolve()
    assert.equal((await ends[0])?.state, 'succeeded')
  })

  test('one that was begun before a restart goes on first', async (t) => {
    const order: string[] = []
    const play: Play = async (step, { run }) => {
      if (step.action === 'deploy') order.push(run.id)
      return {}
    }
    const stand = startRunStand(t, { triggers: two, play })
    const [other, begun] = [stand.queued(1), stand.queued(0)]
    stand.store.startRun(begun.id, '2026-11-21T05:00:03.000Z')
    stand.store.setStep(begun.id, 1, { state: 'running', startedAt: '2026-11-21T05:00:03.000Z' })
    await Promise.all([stand.carryOut(stand.record(begun)), stand.carryOut(other)])
    assert.deepEqual(order, [begun.id, other.id, other.id])
  })
})

describe('a retry from a step on', () => {
  const built = [{ on: 'push' as const, steps: [{ build: { image: 'acme/shop' } }, SCRIPT, SCRIPT] }]
  const outputs = StepOutputs.parse({ image: 'acme/shop', imageId: 'sha256:1' })

  test('runs that step and the later ones with the image of the earlier run, and the log says whose it is', async (t) => {
    const ran: number[] = []
    const images: string[] = []
    const play: Play = async (_step, context) => {
      ran.push(context.index)
      images.push(...context.images.map(({ imageId }) => imageId))
      return {}
    }
    const stand = startRunStand(t, { triggers: built, play })
    stand.images.add('sha256:1')
    const first = stand.queued()
    const taken = [0, 1].map((index) => ({
      index,
      state: 'succeeded' as const,
      exitCode: null,
      error: null,
      outputs,
      from: first.id,
    }))
    const run = await stand.carryOut(stand.queued(0, { attempt: 2, taken }))
    assert.deepEqual([run.state, ran, images], ['succeeded', [2], ['sha256:1']])
    assert.deepEqual(
      run.steps.map(({ takenFrom, startedAt }) => [takenFrom, startedAt !== null]),
      [
        [first.id, false],
        [first.id, false],
        [null, true],
      ],
    )
    assert.ok(stand.said(run).includes(`succeeded, taken from run #${first.number}`))
  })
})
