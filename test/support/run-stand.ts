import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type ConfigInput, ConfigSchema, type Step } from '../../config/schema.ts'
import type { Run } from '../../job/run.ts'
import { createRunLog } from '../../job/run-log.ts'
import { RunLogLine } from '../../job/run-log-line.ts'
import { openStoreWriter } from '../../job/store.ts'
import type { NewRun, StoreWriter } from '../../job/store-port.ts'
import type { Engine } from '../../worker/engines/engine.ts'
import { createExclusive } from '../../worker/run/exclusive.ts'
import { createExecuteRun, type ExecuteRunDeps } from '../../worker/run/execute-run.ts'
import { createReadPlanned } from '../../worker/run/read-planned.ts'
import type { Source } from '../../worker/source/source-port.ts'
import type { StepContext, StepEnd } from '../../worker/steps/executor.ts'
import { REPOSITORY, sampleOutcome, sampleRun } from '../unit/job/sample-job.ts'
import { freshFolder } from './fresh-folder.ts'

type Triggers = NonNullable<ConfigInput['repositories']>[string]['triggers']

/** Plays a step; must obey `context.io.signal` as an executor does. */
export type Play = (step: Step, context: StepContext) => Promise<Partial<StepEnd>>

/** Runs carried out by the worker's own code on a real store with real run logs; only what steps do is played. */
export type RunStand = {
  store: StoreWriter
  /** Records a run of one of the triggers. */
  queued(triggerIndex?: number, change?: Partial<NewRun>): Run
  /** Carries it out, and gives back the record as it is then. */
  carryOut(run: Run, signal?: AbortSignal): Promise<Run>
  record(run: Run): Run
  said(run: Run): string[]
  /** ids of the images that the engine has */
  images: Set<string>
  /** what the worker's own log said of trouble */
  errors: string[]
}

export function startRunStand(
  t: TestContext,
  options: { triggers: Triggers; play: Play; change?: Partial<ExecuteRunDeps> },
): RunStand {
  const folder = freshFolder(t, async () => store.close())
  const store = openStoreWriter(join(folder, 'letterbox.db'))
  const input: ConfigInput = { repositories: { [REPOSITORY]: { secret: { env: 'S' }, triggers: options.triggers } } }
  const triggers = ConfigSchema.parse(input).repositories[REPOSITORY]?.triggers ?? []
  store.keepConfig('c0ffee', JSON.stringify(input))
  const images = new Set<string>()
  const errors: string[] = []
  const logFile = (run: string) => join(folder, `${run}.ndjson`)
  const execute = createExecuteRun({
    store,
    planned: createReadPlanned(store),
    source,
    engine: { ...noEngine, hasImage: async (id) => images.has(id) },
    connectAws: unasked,
    execute: async (step, context) => ({ exitCode: null, outputs: {}, ...(await options.play(step, context)) }),
    openLog: (run) => createRunLog({ file: logFile(run), now: () => new Date() }),
    resolveSecret: () => 'none',
    canary: (run) => `lbx_canary_${run}`,
    logFile,
    mailsOf: () => [],
    settled() {},
    now: () => new Date(),
    log: { info() {}, error: (_facts, message) => errors.push(message) },
    backoffMs: [0],
    exclusive: createExclusive(),
    ...options.change,
  })
  const record = ({ id }: Run): Run => store.run(id) ?? missing(id)
  return {
    store,
    images,
    errors,
    record,
    queued(triggerIndex = 0, change = {}) {
      const planned = sampleRun(change)
      const steps = (triggers[triggerIndex]?.steps ?? []).map(({ action, name }) => ({ action, name }))
      const run = { ...planned, plan: { ...planned.plan, triggerIndex }, steps }
      store.recordJob(sampleOutcome([run]), new Date().toISOString())
      return store.run(run.id) ?? missing(run.id)
    },
    async carryOut(run, signal = new AbortController().signal) {
      await execute(run, signal)
      return record(run)
    },
    said(run) {
      const lines = readFileSync(logFile(run.id), 'utf8').trimEnd().split('\n')
      return lines.map((line) => RunLogLine.parse(JSON.parse(line)).text)
    },
  }
}

/** A step that does what it does until it is told to stop. */
export function untilStopped({ io }: StepContext): Promise<never> {
  return new Promise((_, reject) => {
    if (io.signal.aborted) reject(io.signal.reason)
    io.signal.addEventListener('abort', () => reject(io.signal.reason), { once: true })
  })
}

const source: Source = {
  async fetch({ commit }) {
    const workspace = {
      path: '/nonexistent',
      commit: commit ?? 'c'.repeat(40),
      committedAt: '2026-11-21T05:00:00.000Z',
      message: 'played',
      author: { name: 'Ada', email: 'ada@example.com' },
      remove: async () => {},
    }
    return { kind: 'workspace', workspace }
  },
  remoteCommit: async () => null,
  isAncestor: async () => null,
  sweep: async () => {},
}

const unasked = async () => {
  throw new Error('this is not asked for here')
}
const noEngine: Engine = {
  facts: unasked,
  build: unasked,
  run: unasked,
  push: unasked,
  pushed: unasked,
  hasImage: unasked,
  describeImage: unasked,
  imageLayers: () => {
    throw new Error()
  },
  sweep: unasked,
  login: unasked,
}

function missing(id: string): never {
  throw new Error(`the store has no run ${id}`)
}
