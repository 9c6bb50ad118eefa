import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Step } from '../../../../config/schema.ts'
import { LetterboxError } from '../../../../job/letterbox-error.ts'
import { runStep } from '../../../../worker/run/run-step.ts'
import type { StepContext, StepEnd } from '../../../../worker/steps/executor.ts'

class EngineGone extends LetterboxError {
  readonly code = 'ENGINE_GONE'
  readonly fault = 'ours'
}
class BadDockerfile extends LetterboxError {
  readonly code = 'BAD_DOCKERFILE'
  readonly fault = 'theirs'
  readonly exitCode = 7
}

const step: Step = {
  action: 'script',
  with: { run: ['true'], env: {}, secrets: [] },
  name: 'script',
  timeoutMs: null,
  retries: 0,
  allowFailure: false,
}

type Answer = (signal: AbortSignal) => Promise<StepEnd>

function play(answers: Answer[], change: Partial<Step> = {}, signal = new AbortController().signal) {
  const said: string[] = []
  const resumed: boolean[] = []
  const contextFor = (stepSignal: AbortSignal, again: boolean): StepContext => {
    resumed.push(again)
    const context: Pick<StepContext, 'io'> = {
      io: { stdout() {}, stderr() {}, say: (line) => said.push(line), signal: stepSignal },
    }
    return context as StepContext // only io is used by the fake executor
  }
  let calls = 0
  const result = runStep({ ...step, ...change } as Step, contextFor, signal, {
    execute: (_step, context) => {
      const answer = answers[calls++]
      assert.ok(answer, 'tried more often than expected')
      return answer(context.io.signal)
    },
    backoffMs: [0, 0],
  })
  return { result, calls: () => calls, said, resumed }
}

const ends = (exitCode: number) => async () => ({ exitCode, outputs: {} })
const fails = (error: Error) => async () => {
  throw error
}

test('exit code 0 succeeds and any other fails with that code', async () => {
  assert.equal((await play([ends(0)]).result).kind, 'succeeded')
  const failed = await play([ends(3)]).result
  assert.deepEqual(failed.kind === 'failed' && [failed.exitCode, failed.error.code], [3, 'EXIT_CODE'])
})

test('trouble of ours is tried again and says so', async () => {
  const { result, calls, said } = play([fails(new EngineGone('the engine is gone')), ends(0)])
  assert.equal((await result).kind, 'succeeded')
  assert.equal(calls(), 2)
  assert.match(said[0] ?? '', /the engine is gone; trying again/)
})

test('trouble of ours that stays fails the step after the last try', async () => {
  const { result, calls } = play(Array.from({ length: 3 }, () => fails(new EngineGone('the engine is gone'))))
  const end = await result
  assert.equal(end.kind === 'failed' && end.error.code, 'ENGINE_GONE')
  assert.equal(calls(), 3)
})

test('a failing test is never tried again unless the operator asked for retries', async () => {
  assert.equal(play([ends(1)]).calls(), 1)
  const asked = play([ends(1), ends(0)], { retries: 1 })
  assert.equal((await asked.result).kind, 'succeeded')
})

test('an error of the user keeps its exit code and is not tried again', async () => {
  const end = await play([fails(new BadDockerfile('line 3'))]).result
  assert.deepEqual(end.kind === 'failed' && [end.exitCode, end.error.code], [7, 'BAD_DOCKERFILE'])
})

test('an unexpected error ends the step as a defect of ours', async () => {
  const end = await play([fails(new TypeError('x is undefined'))]).result
  assert.equal(end.kind === 'failed' && end.error.code, 'UNEXPECTED')
})

test('a step over its time limit fails, and the executor is told to stop', async () => {
  let told: AbortSignal | undefined
  const { result } = play(
    [
      (signal) =>
        new Promise((_, reject) => {
          told = signal
          signal.addEventListener('abort', () => reject(new Error('aborted')))
        }),
    ],
    { timeoutMs: 5 },
  )
  const end = await result
  assert.equal(end.kind === 'failed' && end.error.code, 'STEP_TIMEOUT')
  assert.equal(told?.aborted, true)
})

test('a canceled step is stopped, not failed, and not tried again', async () => {
  const controller = new AbortController()
  const { result } = play(
    [
      async () => {
        controller.abort({ kind: 'canceled', by: 'ada' })
        throw new EngineGone('aborted')
      },
    ],
    {},
    controller.signal,
  )
  assert.deepEqual(await result, { kind: 'stopped', by: { kind: 'canceled', by: 'ada' } })
})

test('a second try knows that effects may be there already', async () => {
  const { result, resumed } = play([fails(new EngineGone('gone')), ends(0)])
  await result
  assert.equal(resumed[0], false)
  assert.equal(resumed.at(-1), true)
})
