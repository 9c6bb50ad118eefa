import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import type { StepOutputs } from '../../job/run.ts'
import { createConnectAws } from '../../worker/deploy/connect-aws.ts'
import { deploy } from '../../worker/steps/deploy.ts'
import type { StepContext } from '../../worker/steps/executor.ts'
import { only, sampleWorkspace, stepStand } from '../unit/worker/steps/step-stand.ts'
import { type AwsDouble, startAwsDouble } from './aws-double/aws-double.ts'
import { freshFolder } from './fresh-folder.ts'

export const DIGEST_1 = `sha256:${'1'.repeat(64)}`
export const DIGEST_2 = `sha256:${'2'.repeat(64)}`
export const IMAGE = 'code.example.com:5000/acme/crm'

export type Deployed = {
  outputs: Partial<StepOutputs>
  /** what stands in the run log */
  said: string[]
}

export type DeployChange = {
  /** keys of the step */
  with?: object
  tag?: string
  commit?: string
  digest?: string
  files?: Record<string, string>
} & Partial<Pick<StepContext, 'resumed' | 'earlierLines' | 'backwards' | 'source'>> & {
    secrets?: Record<string, string>
  }

export type DeployStand = {
  double: AwsDouble
  /** Carries a deploy step of a tag out, as the worker would; the real SDK, the double. */
  deploy(change?: DeployChange, signal?: AbortSignal): Promise<Deployed>
  /** The same, for one that fails: gives the error's facts. */
  fails(change?: DeployChange): Promise<{
    code: string
    message: string
    hint: string | null
    fault: string
    said: string[]
    outputs: Partial<StepOutputs>
  }>
}

/** A double with the application `crm`, its environment `crm-prod` on version `v0`, and a deploy step to go there. */
export async function deployStand(t: TestContext, options: { empty?: boolean } = {}): Promise<DeployStand> {
  const double = await startAwsDouble()
  const folder = freshFolder(t, () => double.close())
  const restore = setEnvironment(double.env)
  t.after(restore)
  if (!options.empty) furnish(double)
  let count = 0

  function stepOf(change: DeployChange) {
    const checkout = join(folder, `checkout-${++count}`)
    for (const [path, text] of Object.entries(change.files ?? {})) put(join(checkout, path), text)
    mkdirSync(checkout, { recursive: true })
    const commit = change.commit ?? 'a'.repeat(40)
    const tag = change.tag ?? 'v1.4.2'
    const { resumed, earlierLines, backwards, source, secrets } = change
    return stepStand(
      {
        deploy: {
          to: 'elastic-beanstalk',
          application: 'crm',
          environment: 'crm-prod',
          template: 'dockerrun-v1',
          healthTimeout: '300ms',
          ...change.with,
        },
      },
      {
        event: { type: 'tag', ref: `refs/tags/${tag}`, branch: null, tag, commit },
        workspace: { ...sampleWorkspace(checkout), commit },
        pushed: [{ step: 0, name: IMAGE, digest: change.digest ?? DIGEST_1 }],
        connectAws: createConnectAws(process.env),
        ...(resumed !== undefined && { resumed }),
        ...(earlierLines !== undefined && { earlierLines }),
        ...(backwards !== undefined && { backwards }),
        ...(source !== undefined && { source }),
        ...(secrets !== undefined && { secrets }),
      },
    )
  }

  return {
    double,
    async deploy(change = {}, signal) {
      const { step, context, heard } = stepOf(change)
      const io = signal === undefined ? context.io : { ...context.io, signal }
      const end = await deploy(only(step, 'deploy'), { ...context, io, facts: factsOf(context, change) })
      return { outputs: end.outputs, said: heard.said }
    },
    async fails(change = {}) {
      const { step, context, heard } = stepOf(change)
      try {
        await deploy(only(step, 'deploy'), { ...context, facts: factsOf(context, change) })
      } catch (error) {
        return readFailure(error, heard.said)
      }
      throw new Error(`it did not fail:\n${heard.said.join('\n')}`)
    },
  }
}

function factsOf({ facts }: StepContext, change: DeployChange): StepContext['facts'] {
  return { ...facts, commit: change.commit ?? facts.commit }
}

function readFailure(error: unknown, said: string[]) {
  if (!(error instanceof Error) || !('code' in error) || !('fault' in error)) throw error
  const outputs = 'outputs' in error && typeof error.outputs === 'object' ? { ...error.outputs } : {}
  const hint = 'hint' in error && typeof error.hint === 'string' ? error.hint : null
  return { code: String(error.code), message: error.message, hint, fault: String(error.fault), said, outputs }
}

function furnish({ beanstalk, objects, region }: AwsDouble): void {
  const bucket = `elasticbeanstalk-${region}-123456789012`
  objects.addBucket(bucket)
  beanstalk.applications.add('crm')
  beanstalk.versions.push({
    application: 'crm',
    label: 'v0',
    description: 'made by hand',
    bucket,
    key: 'crm/v0.zip',
    status: 'PROCESSED',
    created: new Date(),
  })
  const environment = beanstalk.addEnvironment({ application: 'crm', name: 'crm-prod', versionLabel: 'v0' })
  beanstalk.addEvent(environment, 'INFO', 'An event of long ago.')
}

/** The SDK reads the environment of its process. Returns what puts it back. */
function setEnvironment(values: Record<string, string>): () => void {
  const own = Object.keys(process.env).filter((name) => name.startsWith('AWS_'))
  const before = Object.fromEntries(own.map((name) => [name, process.env[name]]))
  for (const name of own) delete process.env[name]
  Object.assign(process.env, values)
  return () => {
    for (const name of Object.keys(values)) delete process.env[name]
    Object.assign(process.env, before)
  }
}

function put(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text, { mode: text.startsWith('#!') ? 0o755 : 0o644 })
}
