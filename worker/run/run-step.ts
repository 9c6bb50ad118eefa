import { setTimeout as delay } from 'node:timers/promises'
import type { Step } from '../../config/schema.ts'
import { errorFacts, LetterboxError } from '../../job/letterbox-error.ts'
import { type StepError, StepOutputs } from '../../job/run.ts'
import { type StopReason, stopReason } from '../queue/stop-reason.ts'
import type { StepContext, StepEnd } from '../steps/executor.ts'
import { startTimeLimit } from './time-limit.ts'

/** How a step came to its end. `stopped` is not its own doing: canceled, the run's time limit, the worker's end. */
export type StepResult =
  | { kind: 'succeeded'; exitCode: number | null; outputs: Partial<StepOutputs> }
  | { kind: 'failed'; exitCode: number | null; error: StepError; outputs: Partial<StepOutputs> }
  | { kind: 'stopped'; by: StopReason }

export type RunStepDeps = {
  execute(step: Step, context: StepContext): Promise<StepEnd>
  /** waits before each further try after trouble that is ours, in ms; their number bounds the tries */
  backoffMs: readonly number[]
}

/** Carries out one step: each try within the step's time limit; trouble of ours (engine, registry, network) is tried
 *  again after a wait, anything else as often as the operator's `retries` says. `signal` is the run's. */
export async function runStep(
  step: Step,
  contextFor: (signal: AbortSignal, resumed: boolean) => StepContext,
  signal: AbortSignal,
  deps: RunStepDeps,
): Promise<StepResult> {
  let tries = 1
  let ownTries = 0
  let theirTries = 0
  for (;;) {
    const context = (stepSignal: AbortSignal) => contextFor(stepSignal, tries > 1)
    const { result, fault } = await oneTry(step, context, signal, deps)
    if (result.kind !== 'failed') return result
    const wait = fault === 'ours' ? deps.backoffMs[ownTries++] : undefined
    if (wait === undefined && theirTries >= step.retries) return result
    if (wait === undefined) theirTries++
    const { say } = contextFor(signal, true).io
    tries++
    say(`${result.error.message}; trying again${wait ? ` in ${wait / 1000} s` : ''} (try ${tries})`)
    const stopped = await pause(wait ?? 0, signal)
    if (stopped) return { kind: 'stopped', by: stopped }
  }
}

type Try = { result: StepResult; fault: 'ours' | 'theirs' }

async function oneTry(
  step: Step,
  contextFor: (signal: AbortSignal) => StepContext,
  signal: AbortSignal,
  deps: RunStepDeps,
): Promise<Try> {
  const limit = startTimeLimit(step.timeoutMs)
  const cutShort = (): StepResult | null => {
    const by = stopReason(signal)
    if (by) return { kind: 'stopped', by }
    return limit.signal.aborted ? timeLimit(step) : null
  }
  try {
    const result = judge(await deps.execute(step, contextFor(AbortSignal.any([signal, limit.signal]))))
    // a command that fails because it was stopped is no verdict on it
    return { result: (result.kind === 'failed' && cutShort()) || result, fault: 'theirs' }
  } catch (error) {
    const cut = cutShort()
    if (cut) return { result: cut, fault: 'theirs' }
    const fault = error instanceof LetterboxError ? error.fault : 'theirs'
    return {
      result: { kind: 'failed', exitCode: exitCodeOf(error), error: errorFacts(error), outputs: outputsOf(error) },
      fault,
    }
  } finally {
    limit.clear()
  }
}

function judge({ exitCode, outputs }: StepEnd): StepResult {
  if (exitCode === null || exitCode === 0) return { kind: 'succeeded', exitCode, outputs }
  const error = { code: 'EXIT_CODE', message: `the command ended with exit code ${exitCode}`, hint: null }
  return { kind: 'failed', exitCode, error, outputs }
}

function timeLimit(step: Step): StepResult {
  const error = {
    code: 'STEP_TIMEOUT',
    message: `the step did not end within its time limit of ${(step.timeoutMs ?? 0) / 1000} s`,
    hint: 'Make it faster, or give the step a longer `timeout`.',
  }
  return { kind: 'failed', exitCode: null, error, outputs: {} }
}

/** An error may know what was reached nevertheless, e.g. what is live after a deploy that failed. */
function outputsOf(error: unknown): Partial<StepOutputs> {
  if (!(error instanceof Error) || !('outputs' in error)) return {}
  return StepOutputs.safeParse(error.outputs).data ?? {}
}

/** An error may know the exit code of the command that failed, e.g. of a RUN line in a Dockerfile. */
function exitCodeOf(error: unknown): number | null {
  return error instanceof Error && 'exitCode' in error && typeof error.exitCode === 'number' ? error.exitCode : null
}

async function pause(ms: number, signal: AbortSignal): Promise<StopReason | null> {
  await delay(ms, undefined, { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error
  })
  return stopReason(signal)
}
