import { ConfigSchema, type Step } from '../../../../config/schema.ts'
import type { Event } from '../../../../job/event.ts'
import type { BuildRequest, Engine, PushRequest, RunRequest } from '../../../../worker/engines/engine.ts'
import { createRunSecrets } from '../../../../worker/secrets/run-secrets.ts'
import type { SourceRequest, Workspace } from '../../../../worker/source/source-port.ts'
import type { StepContext } from '../../../../worker/steps/executor.ts'
import { sampleEvent, sampleRun } from '../../../support/sample-run.ts'
import { recordingIo } from '../../../support/step-io.ts'

const KEY = 'github.com/acme/shop'
export const IMAGE_ID = `sha256:${'1'.repeat(64)}`
export const DIGEST = `sha256:${'2'.repeat(64)}`

type Asked = {
  builds: BuildRequest[]
  runs: RunRequest[]
  pushes: PushRequest[]
  askedFor: PushRequest[]
  fetches: SourceRequest[]
  removed: number
}

/** A step as the operator writes it, e.g. `{ build: { image: 'acme/shop' } }`, and a context for it whose engine and
 *  source only note what they are asked. */
export function stepStand(
  written: object,
  change: Partial<Omit<StepContext, 'engine' | 'secrets'>> & {
    event?: Partial<Event>
    engine?: Partial<Engine>
    secrets?: Record<string, string>
    withheld?: string
  } = {},
) {
  const asked: Asked = { builds: [], runs: [], pushes: [], askedFor: [], fetches: [], removed: 0 }
  const config = ConfigSchema.parse({
    registries: {
      main: { address: 'code.example.com:5000', username: 'ci', password: { env: 'REGISTRY_PASSWORD' } },
      open: { address: 'open.example.com' },
    },
    repositories: {
      [KEY]: {
        secret: { env: 'S' },
        secrets: { npm: { env: 'NPM' } },
        triggers: [{ on: 'push', steps: [written] }],
      },
    },
  })
  const repository = config.repositories[KEY] ?? never()
  const step = repository.triggers[0]?.steps[0] ?? never()
  const { event, engine, secrets: values, withheld = null, ...rest } = change
  const recorded = recordingIo()
  const secrets: Record<string, string> = { REGISTRY_PASSWORD: 'pw-1', NPM: 'npm-1', ...values }
  const run = sampleRun({ startedAt: '2026-11-21T05:00:02.000Z' })
  const workspace = rest.workspace === undefined ? sampleWorkspace(process.cwd(), asked) : rest.workspace
  const context: StepContext = {
    run,
    index: 1,
    facts: {
      run: { id: run.id, number: run.number },
      event: sampleEvent(event),
      commit: 'a'.repeat(40),
      workspace,
    },
    config,
    repositoryKey: KEY,
    repository,
    images: [],
    pushed: [],
    connectAws: never,
    earlierLines: () => [],
    backwards: false,
    engine: { ...fakeEngine(asked), ...engine },
    source: {
      async fetch(request) {
        asked.fetches.push(request)
        return { kind: 'workspace', workspace: sampleWorkspace(process.cwd(), asked) }
      },
      remoteCommit: never,
      isAncestor: never,
      sweep: never,
    },
    io: recorded.io,
    resumed: false,
    secrets: createRunSecrets({ withheld, canary: 'lbx_canary_of_the_stand' }),
    secret: (reference) => ('env' in reference ? secrets[reference.env] : undefined) ?? never(),
    ...rest,
    workspace,
  }
  return { step, context, asked, heard: recorded.heard }
}

/** The step, if it is of this action. */
export function only<A extends Step['action']>(step: Step, action: A): Extract<Step, { action: A }> {
  if (isAction(step, action)) return step
  throw new Error(`the step is a ${step.action}`)
}

function isAction<A extends Step['action']>(step: Step, action: A): step is Extract<Step, { action: A }> {
  return step.action === action
}

function fakeEngine(asked: Asked): Engine {
  return {
    facts: never,
    hasImage: never,
    describeImage: async () => ({ config: {}, history: [] }),
    imageLayers: never,
    sweep: never,
    login: never,
    async build(request) {
      asked.builds.push(request)
      return { imageId: IMAGE_ID }
    },
    async run(request) {
      asked.runs.push(request)
      return { exitCode: 0, outOfMemory: false }
    },
    async push(request) {
      asked.pushes.push(request)
      return { digest: DIGEST }
    },
    async pushed(request) {
      asked.askedFor.push(request)
      return null
    },
  }
}

export function sampleWorkspace(path: string, asked?: Asked): Workspace {
  return {
    path,
    commit: 'a'.repeat(40),
    committedAt: '2026-11-21T04:00:00Z',
    message: 'mend the till',
    author: { name: 'Ada', email: 'ada@example.com' },
    async remove() {
      if (asked) asked.removed++
    },
  }
}

function never(): never {
  throw new Error('a test asked for what it does not have')
}
