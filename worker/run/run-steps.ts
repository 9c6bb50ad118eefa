import type { Step } from '../../config/schema.ts'
import { failpoint } from '../../job/failpoint.ts'
import { type StepError, StepOutputs } from '../../job/run.ts'
import type { RunLog } from '../../job/run-log.ts'
import type { StepChange } from '../../job/store-port.ts'
import { type StopReason, stopReason } from '../queue/stop-reason.ts'
import { secretNames } from '../secrets/open-run-secrets.ts'
import { SecretLeaked } from '../secrets/secret-leaked.ts'
import type { Workspace } from '../source/source-port.ts'
import type { PushedImage, RunImage, StepContext } from '../steps/executor.ts'
import type { ExecuteRunDeps, Life, Verdict } from './execute-run.ts'
import { finishedBefore } from './finished-before.ts'
import { holdKeysOf } from './hold-keys.ts'
import { runStep, type StepResult } from './run-step.ts'
import { runTimeout } from './run-stopped.ts'
import { tellAudit } from './tell-audit.ts'

export type StepsEnd = { kind: 'ended'; verdict: Verdict } | { kind: 'stopped'; by: StopReason }

/** Carries out the steps in order; the first that fails, unless it may, ends the run. Each change is in the store
 *  before the next thing happens. */
export async function runSteps(life: Life, workspace: Workspace | null, deps: ExecuteRunDeps): Promise<StepsEnd> {
  const { steps } = life.trigger
  sayTaken(life, deps)
  const remains = await finishedBefore(life.run, steps, deps.engine)
  const failedBefore = life.run.steps.find(
    ({ state, index, error }) => state === 'failed' && fails(steps[index], error),
  )
  if (failedBefore) return { kind: 'ended', verdict: failedAt(failedBefore.index, steps, failedBefore.error?.message) }
  for (const [index, step] of steps.entries()) {
    if (remains.done.has(index)) continue
    const result = await inItsTurn({ life, workspace, step, index, ...remains }, deps)
    if (result.kind === 'stopped') return result
    if (result.kind === 'failed' && fails(step, result.error))
      return { kind: 'ended', verdict: failedAt(index, steps, result.error.message) }
  }
  return { kind: 'ended', verdict: { state: 'succeeded', reason: null } }
}

/** Whether the run fails with this step. No step may leak a secret, also none that may fail. */
function fails(step: Step | undefined, error: StepError | null): boolean {
  return !step?.allowFailure || error?.code === SecretLeaked.CODE
}

/** Once: a run that goes on after a restart has said so before. */
function sayTaken({ run, log }: Life, deps: ExecuteRunDeps): void {
  if (run.state !== 'queued') return
  for (const { index, takenFrom, state } of run.steps) {
    if (takenFrom === null) continue
    const number = deps.store.run(takenFrom)?.number
    log.forStep(index).say(`${state}, taken from run ${number === undefined ? takenFrom : `#${number}`}`)
  }
}

function failedAt(index: number, steps: readonly Step[], message: string | undefined): Verdict {
  const step = steps[index]
  return { state: 'failed', reason: `step ${index + 1} (${step?.name ?? '?'}) failed: ${message ?? 'no reason kept'}` }
}

type OneStep = {
  life: Life
  workspace: Workspace | null
  step: Step
  index: number
  begun: ReadonlySet<number>
  images: RunImage[]
  pushed: PushedImage[]
}

/** A step begins when nobody else holds what it changes, and not at all when the run was told to stop before. */
async function inItsTurn(one: OneStep, deps: ExecuteRunDeps): Promise<StepResult> {
  const { signal } = one.life
  try {
    return await holdKeysOf(one, deps.exclusive, async () => {
      signal.throwIfAborted()
      return await oneStep(one, deps)
    })
  } catch (error) {
    const by = stopReason(signal)
    if (by) return { kind: 'stopped', by }
    throw error
  }
}

async function oneStep(one: OneStep, deps: ExecuteRunDeps): Promise<StepResult> {
  const { life, step, index } = one
  const startedAt = deps.now()
  const lines = life.log.forStep(index)
  deps.store.setStep(life.run.id, index, { state: 'running', startedAt: startedAt.toISOString() })
  failpoint('step-started')
  lines.say(`${step.action}${step.name === step.action ? '' : ` (${step.name})`}`)
  const withheld = secretNames(step)
  if (life.secrets.withheld !== null && withheld.length > 0)
    tellAudit(life, 'secrets-withheld', `${withheld.join(', ')} from ${step.name}: ${life.secrets.withheld}`, deps)
  const contextFor = (signal: AbortSignal, again: boolean) => contextOf(one, signal, again, deps)
  const result = await runStep(step, contextFor, life.signal, deps)
  failpoint('step-ended')
  record(one, result, startedAt, deps)
  failpoint('step-recorded')
  return result
}

function contextOf(one: OneStep, signal: AbortSignal, again: boolean, deps: ExecuteRunDeps): StepContext {
  const { life, index } = one
  return {
    run: life.run,
    index,
    facts: {
      run: { id: life.run.id, number: life.run.number },
      event: life.plan.event,
      commit: life.run.commit,
      workspace: one.workspace,
    },
    config: life.config,
    repositoryKey: life.plan.repositoryKey,
    repository: life.repository,
    workspace: one.workspace,
    images: one.images,
    pushed: one.pushed,
    engine: deps.engine,
    source: deps.source,
    connectAws: deps.connectAws,
    io: { ...life.log.forStep(index), signal },
    earlierLines: () => life.log.tail(index, 200).map(({ text }) => text),
    backwards: life.plan.backwards ?? false,
    resumed: again || one.begun.has(index),
    secret: life.secret,
    secrets: life.secrets,
  }
}

function record({ life, index, step }: OneStep, result: StepResult, startedAt: Date, deps: ExecuteRunDeps): void {
  const now = deps.now()
  const lines = life.log.forStep(index)
  lines.end()
  const seconds = ((now.getTime() - startedAt.getTime()) / 1000).toFixed(1)
  if (result.kind === 'stopped' && result.by.kind === 'worker-stops') {
    lines.say('the worker stops; the next start goes on with this step')
    return
  }
  lines.say(`${wordsFor(result)} after ${seconds} s${result.kind === 'failed' ? `: ${result.error.message}` : ''}`)
  auditResult(life, step, result, deps)
  deps.store.setStep(life.run.id, index, { ...changeOf(result, life.log), finishedAt: now.toISOString() })
}

/** Before the record: what was done and not written down would be worse than what is written down twice. */
function auditResult(life: Life, step: Step, result: StepResult, deps: ExecuteRunDeps): void {
  if (result.kind === 'failed' && result.error.code === SecretLeaked.CODE)
    tellAudit(life, 'secret-leaked', result.error.message, deps)
  if (result.kind !== 'succeeded' || step.action !== 'deploy') return
  const { to, application, environment } = step.with
  const label = result.outputs.versionLabel ?? ''
  tellAudit(life, 'deployed', `${to} ${application} ${environment} ${label}`.trim(), deps)
}

function wordsFor(result: StepResult): string {
  return result.kind === 'stopped' ? 'stopped' : result.kind
}

function changeOf(result: StepResult, log: RunLog): Partial<StepChange> {
  switch (result.kind) {
    case 'stopped':
      return result.by.kind === 'time-limit'
        ? { state: 'failed', error: runTimeout(result.by.limitMs) }
        : { state: 'canceled' }
    case 'failed': {
      const { code, message, hint } = result.error
      const error = { code, message: log.masked(message), hint: hint && log.masked(hint) }
      return { state: 'failed', exitCode: result.exitCode, error, outputs: StepOutputs.parse(result.outputs) }
    }
    case 'succeeded':
      return { state: 'succeeded', exitCode: result.exitCode, outputs: StepOutputs.parse(result.outputs) }
    default:
      return result satisfies never
  }
}
