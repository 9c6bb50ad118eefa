import type { Config, SecretRef, Step, Trigger } from '../../config/schema.ts'
import { failpoint } from '../../job/failpoint.ts'
import { errorFacts } from '../../job/letterbox-error.ts'
import type { Run, RunPlan } from '../../job/run.ts'
import type { RunLog } from '../../job/run-log.ts'
import type { RunEnd, StoreWriter } from '../../job/store-port.ts'
import type { ConnectAws } from '../deploy/aws-port.ts'
import type { Engine } from '../engines/engine.ts'
import { type StopReason, stopReason } from '../queue/stop-reason.ts'
import { openRunSecrets } from '../secrets/open-run-secrets.ts'
import type { RunSecrets } from '../secrets/run-secrets.ts'
import type { Source, Workspace } from '../source/source-port.ts'
import type { StepContext, StepEnd } from '../steps/executor.ts'
import { endClean, maskLeakedLog } from './end-clean.ts'
import { eventWithCommit } from './event-with-commit.ts'
import type { Exclusive } from './exclusive.ts'
import { holdKeysOfBegun } from './hold-keys.ts'
import { obtainSource } from './obtain-source.ts'
import type { Planned } from './read-planned.ts'
import { runSteps } from './run-steps.ts'
import { endOfStopped } from './run-stopped.ts'
import { DidNotStop, withPatience } from './stop-patience.ts'
import { startTimeLimit } from './time-limit.ts'
import { tryAgain } from './try-again.ts'

/** A run that was begun this often and never came to its end is failed: it may be what kills the worker. */
const MAX_STARTS = 3

export type Verdict = Pick<RunEnd, 'state' | 'reason'>

export type ExecuteRunDeps = {
  store: Pick<
    StoreWriter,
    'startRun' | 'layDown' | 'setCommit' | 'setStep' | 'endRun' | 'plan' | 'config' | 'run' | 'keepAudit'
  >
  /** what the run was planned with. @throws ConfigSnapshotGone */
  planned(runId: string): Planned
  source: Source
  engine: Engine
  connectAws: ConnectAws
  execute(step: Step, context: StepContext): Promise<StepEnd>
  openLog(runId: string): RunLog
  resolveSecret(ref: SecretRef): string
  /** the canary of a run: a secret that opens nothing */
  canary(runId: string): string
  /** where the run log stands, to be searched for secrets */
  logFile?(runId: string): string
  /** composes the mails of a run that is about to end so */
  mailsOf(facts: { run: Run; plan: RunPlan; config: Config; trigger: Trigger; log: RunLog }): RunEnd['mails']
  /** told after each end, when the log is closed: mails may be due */
  settled(runId: string): void
  now(): Date
  log: { info(facts: object, message: string): void; error(facts: object, message: string): void }
  backoffMs: readonly number[]
  exclusive: Exclusive
  /** how long what was told to stop may take; default half a minute */
  patienceMs?: number
}

/** One run in the worker's hands: its record, what it was planned with, its log. */
export type Life = Planned & {
  run: Run
  log: RunLog
  signal: AbortSignal
  /** exclusive keys that it holds from its start to its end */
  held: readonly string[]
  secret(ref: SecretRef): string
  secrets: RunSecrets
}

/** Carries one run out, from its first or its next start to its end. Never rejects: what goes wrong ends the run.
 *  After `worker-stops` the run stays open in the store, and the next start of the worker goes on with it. */
export function createExecuteRun(deps: ExecuteRunDeps): (run: Run, signal: AbortSignal) => Promise<void> {
  return async (run, signal) => {
    const log = deps.openLog(run.id)
    try {
      const life = openLife(run, log, signal, deps)
      const limitMs = life.trigger.timeout ?? life.config.worker.timeout
      const limit = startTimeLimit(limitMs, { kind: 'time-limit', limitMs } satisfies StopReason)
      const limited = { ...life, signal: AbortSignal.any([signal, limit.signal]) }
      const verdict = await judge(limited, deps).finally(limit.clear)
      if (verdict) await endRun(life, verdict, deps)
      else deps.store.layDown(run.id)
    } catch (error) {
      deps.log.error({ run: run.id, err: error }, 'run failed by an unexpected error')
      failUnread(run, error, deps)
    } finally {
      await log.close()
    }
    deps.settled(run.id)
  }
}

function openLife(run: Run, log: RunLog, signal: AbortSignal, deps: ExecuteRunDeps): Life {
  const planned = deps.planned(run.id)
  const opened = openRunSecrets(
    { run, ...planned },
    { canary: deps.canary(run.id), resolve: deps.resolveSecret, mask: log.mask },
  )
  return { ...planned, run, log, signal, held: [], ...opened }
}

/** null: the worker stops, so the run stays open. */
async function judge(life: Life, deps: ExecuteRunDeps): Promise<Verdict | null> {
  const starts = deps.store.startRun(life.run.id, deps.now().toISOString())
  if (starts > MAX_STARTS) return killedTooOften(starts - 1)
  deps.log.info({ run: life.run.id, repository: life.run.repository, starts }, 'run started')
  failpoint('run-started')
  try {
    const work = holdKeysOfBegun(life, deps.exclusive, (holding) => carryOut(holding, deps))
    return await withPatience(work, life.signal, deps.patienceMs)
  } catch (error) {
    const stopped = stopReason(life.signal)
    if (error instanceof DidNotStop) sayLeftBehind(error, life, deps)
    if (stopped) return endOfStopped(stopped)
    const { code, message, hint } = errorFacts(error)
    if (code === 'UNEXPECTED') deps.log.error({ run: life.run.id, err: error }, 'run failed by an unexpected error')
    life.log.forStep(null).say(hint ? `${message} (${hint})` : message)
    return { state: 'failed', reason: `${code}: ${message}` }
  }
}

function sayLeftBehind(error: DidNotStop, { run, log }: Life, deps: ExecuteRunDeps): void {
  const { code, hint } = errorFacts(error)
  log.forStep(null).say(`${error.message} (${hint})`)
  deps.log.error({ run: run.id, code, hint }, error.message)
}

function killedTooOften(times: number): Verdict {
  return {
    state: 'failed',
    reason: `WORKER_DIED: the worker died ${times} times while it carried this run out; look at the worker's log before you retry it`,
  }
}

async function carryOut(life: Life, deps: ExecuteRunDeps): Promise<Verdict | null> {
  const lines = life.log.forStep(null)
  const io = { ...lines, signal: life.signal }
  const { config, repository, secret, plan } = life
  const facts = { run: life.run.id, event: plan.event, config, repository, secret }
  const obtained = await tryAgain(() => obtainSource(deps.source, facts, io), {
    backoffMs: deps.backoffMs,
    signal: life.signal,
    say: lines.say,
  })
  if (obtained.kind === 'skip') return { state: 'skipped', reason: obtained.reason }
  const { workspace } = obtained
  try {
    const verdict = await runSteps(learn(life, workspace, deps), workspace, deps)
    return verdict.kind === 'ended' ? verdict.verdict : endOfStopped(verdict.by)
  } finally {
    await workspace?.remove()
    failpoint('workspace-removed')
  }
}

/** The remote has answered: the record learns the commit and what the forge did not tell of it. */
function learn(life: Life, workspace: Workspace | null, deps: ExecuteRunDeps): Life {
  if (!workspace) return life
  const event = eventWithCommit(life.plan.event, workspace)
  deps.store.setCommit(life.run.id, workspace.commit, event)
  return { ...life, plan: { ...life.plan, event }, run: { ...life.run, commit: workspace.commit } }
}

/** The log is whole and closed before the mails may leave: they carry it. */
async function endRun(life: Life, found: Verdict, deps: ExecuteRunDeps): Promise<void> {
  const at = deps.now().toISOString()
  const record = deps.store.run(life.run.id) ?? life.run
  const compose = (verdict: Verdict) => {
    const run = ending(record, verdict, life, at)
    life.log.forStep(null).say(run.reason ? `run ${run.state}: ${run.reason}` : `run ${run.state}`)
    return deps.mailsOf({ ...life, run, plan: deps.store.plan(run.id) })
  }
  const { verdict, mails } = await endClean(life, record, found, compose, deps)
  const run = ending(record, verdict, life, at)
  const { state } = verdict
  const { reason } = run
  await life.log.close()
  await maskLeakedLog(life, deps)
  failpoint('verdict-known')
  deps.store.endRun({ run: run.id, state, reason, at, mails })
  failpoint('run-ended')
  deps.log.info({ run: run.id, repository: run.repository, state, reason }, 'run ended')
}

function ending(record: Run, { state, reason }: Verdict, { log }: Life, at: string): Run {
  return { ...record, state, reason: reason && log.masked(reason), finishedAt: at }
}

/** The end of a run whose plan could not be read: nothing can be mailed, but it must not stay open. */
function failUnread(run: Run, error: unknown, deps: ExecuteRunDeps): void {
  const { code, message } = errorFacts(error)
  deps.store.endRun({
    run: run.id,
    state: 'failed',
    reason: `${code}: ${message}`,
    at: deps.now().toISOString(),
    mails: [],
  })
}
