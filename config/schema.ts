import { z } from 'zod'
import { EventType } from '../job/event.ts'
import { Forge } from '../job/job-file.ts'

/* The only source of the config's shape: types are inferred, JSON Schema and docs/configuration.md are generated.
 * `z.input` is what an operator writes, `z.output` is what programs use (durations in ms, sizes in bytes, steps by action). */

const MS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const BYTES: Record<string, number> = { b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 }

/** `90s`, `20m`, `1h`, `2d` → milliseconds. */
const duration = z
  .string()
  .regex(/^[1-9]\d{0,6}(?:ms|s|m|h|d)$/, 'a duration like 90s, 20m, 1h or 2d')
  .transform((text) => Number.parseInt(text, 10) * (MS[text.replace(/^\d+/, '')] ?? 1))
  .meta({ title: 'duration' })

/** `512m`, `1g` → bytes. */
const size = z
  .string()
  .regex(/^[1-9]\d{0,8}[bkmgt]$/i, 'a size like 512m or 1g')
  .transform((text) => Number.parseInt(text, 10) * (BYTES[text.slice(-1).toLowerCase()] ?? 1))
  .meta({ title: 'size' })

/** A secret is named, never written: `{ env: NAME }` or `{ file: /path }`. */
export const SecretRef = z
  .union([
    z.strictObject({ env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'a name of an environment variable') }),
    z.strictObject({ file: z.string().min(1) }),
  ])
  .meta({
    title: 'secret',
    description: 'Where the secret stands: {env: NAME} or {file: path}. Never the secret itself.',
  })
export type SecretRef = z.infer<typeof SecretRef>

const glob = z.string().min(1).max(500).meta({ title: 'glob' })
const template = z.string().min(1).max(1000).meta({ title: 'template' })
const path = z.string().min(1).max(1000)
const envName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'a name of an environment variable')
const argv = z.array(z.string()).min(1)

/** Secrets of a step: names from the repository's `secrets`, or written in place. */
const stepSecrets = z.union([z.array(z.string().min(1)), z.record(z.string().min(1), SecretRef)])

const Build = z.strictObject({
  image: template.meta({ description: 'Image name without registry and tag, e.g. acme/shop.' }),
  dockerfile: path.default('Dockerfile'),
  context: path.default('.'),
  target: z.string().min(1).optional(),
  args: z.record(z.string().min(1), z.string()).default({}),
  platform: z.string().min(1).optional(),
  pull: z.boolean().default(false),
  noCache: z.boolean().default(false),
  secrets: stepSecrets.default([]),
  memory: size.optional(),
  builder: z.enum(['auto', 'buildkit', 'classic']).default('auto'),
  source: z
    .strictObject({
      repository: z.string().min(1),
      branch: z.string().min(1).optional(),
      tag: z.string().min(1).optional(),
    })
    .optional()
    .meta({ description: 'Builds from another repository, such as a deploy repository, instead of the pushed one.' }),
})

const Test = z.strictObject({
  command: z.union([z.string().min(1), argv]),
  image: template.optional().meta({ description: 'Default: the image that this run built last.' }),
  env: z.record(envName, z.string()).default({}),
  secrets: stepSecrets.default([]),
  user: z.string().min(1).optional(),
  memory: size.optional(),
  cpus: z.number().positive().max(256).optional(),
  pids: z.int().positive().optional(),
  network: z.string().min(1).default('bridge'),
  workdir: z.string().startsWith('/').optional(),
  checkout: z.enum(['none', 'read-only', 'writable']).default('none'),
  checkoutPath: z.string().startsWith('/').default('/workspace'),
})

const Push = z.strictObject({
  registry: z.string().min(1).meta({ description: 'A name from `registries`.' }),
  tags: z.array(template).min(1),
  image: template.optional().meta({ description: 'Which of the images this run built; default: the last.' }),
})

const Deploy = z.strictObject({
  to: z.literal('elastic-beanstalk'),
  application: template,
  environment: template,
  template: z.enum(['dockerrun-v1', 'dockerrun-v3-compose', 'build-on-target']).optional(),
  versionLabel: template.optional(),
  region: z.string().min(1).optional(),
  bucket: z.string().min(1).optional(),
  platform: z.string().min(1).optional(),
  solutionStack: z.string().min(1).optional(),
  rollback: z.boolean().default(false),
})

const Site = z.strictObject({
  host: template,
  port: z.int().min(1).max(65_535).default(80),
  remove: z.boolean().default(false),
  env: z.record(envName, z.string()).default({}),
  volumes: z.array(z.string().min(1)).default([]),
  memory: size.optional(),
  ttl: duration.optional(),
  health: z
    .strictObject({ path: z.string().startsWith('/').default('/'), timeout: duration.default(60_000) })
    .optional(),
})

const Script = z.strictObject({
  run: argv.meta({ description: 'Program on the host and its arguments; no shell, no templates.' }),
  user: z.string().min(1).optional(),
  env: z.record(envName, z.string()).default({}),
  secrets: stepSecrets.default([]),
})

const stepCommon = {
  name: z.string().min(1).max(100).optional(),
  timeout: duration.optional(),
  retries: z.int().min(0).max(10).default(0),
  allowFailure: z.boolean().default(false),
}

/** A step is one action key plus the common keys; in memory it is `{ action, with, name, timeoutMs, retries, allowFailure }`. */
export const StepInput = z.strictObject({
  build: Build.optional(),
  test: Test.optional(),
  push: Push.optional(),
  deploy: Deploy.optional(),
  site: Site.optional(),
  script: Script.optional(),
  ...stepCommon,
})

type StepCommon = { name: string; timeoutMs: number | null; retries: number; allowFailure: boolean }
type ActionOptions = {
  build: z.output<typeof Build>
  test: z.output<typeof Test>
  push: z.output<typeof Push>
  deploy: z.output<typeof Deploy>
  site: z.output<typeof Site>
  script: z.output<typeof Script>
}
export type Step = {
  [A in keyof ActionOptions]: { action: A; with: ActionOptions[A] } & StepCommon
}[keyof ActionOptions]

const Step = StepInput.transform((input, context): Step => {
  const { name, timeout, retries, allowFailure, ...actions } = input
  const common = (action: string): StepCommon => ({
    name: name ?? action,
    timeoutMs: timeout ?? null,
    retries,
    allowFailure,
  })
  if (Object.keys(actions).length === 1) {
    const { build, test, push, deploy, site, script } = actions
    if (build) return { action: 'build', with: build, ...common('build') }
    if (test) return { action: 'test', with: test, ...common('test') }
    if (push) return { action: 'push', with: push, ...common('push') }
    if (deploy) return { action: 'deploy', with: deploy, ...common('deploy') }
    if (site) return { action: 'site', with: site, ...common('site') }
    if (script) return { action: 'script', with: script, ...common('script') }
  }
  context.issues.push({
    code: 'custom',
    input,
    message: 'a step has exactly one of: build, test, push, deploy, site, script',
    params: { code: 'ONE_ACTION' },
  })
  return z.NEVER
})

const TriggerMail = z.strictObject({
  to: z.array(z.string().min(1)).min(1).meta({ description: 'Addresses; `pusher` stands for the one who pushed.' }),
  on: z.enum(['always', 'failure', 'change']).default('always'),
})

const Trigger = z.strictObject({
  name: z.string().min(1).max(100).optional(),
  on: EventType,
  branches: z.array(glob).min(1).optional(),
  tags: z.array(glob).min(1).optional(),
  paths: z.array(glob).min(1).optional(),
  timeout: duration.optional(),
  steps: z.array(Step).min(1),
  mail: TriggerMail.optional(),
})
export type Trigger = z.output<typeof Trigger>

const Repository = z.strictObject({
  secret: z.union([SecretRef, z.array(SecretRef).min(1)]),
  clone: z.string().min(1).optional(),
  sshKey: SecretRef.optional(),
  submodules: z.boolean().default(false),
  lfs: z.boolean().default(false),
  secrets: z.record(z.string().min(1), SecretRef).default({}),
  triggers: z.array(Trigger).min(1),
})
export type Repository = z.output<typeof Repository>

const Registry = z.strictObject({
  address: z
    .string()
    .regex(/^[a-zA-Z0-9.-]+(?::\d{1,5})?$|^\[[0-9a-fA-F:]+\](?::\d{1,5})?$/, 'host or host:port, without scheme'),
  username: z.string().min(1).optional(),
  password: SecretRef.optional(),
})
export type Registry = z.output<typeof Registry>

const ForgeEntry = z.strictObject({
  kind: Forge,
  url: z.url({ protocol: /^https?$/ }).optional(),
  token: SecretRef.optional(),
  clone: z.enum(['https', 'ssh']).default('https'),
  sshKey: SecretRef.optional(),
  hostKeys: z.array(z.string().min(1)).optional(),
})
export type ForgeEntry = z.output<typeof ForgeEntry>

export const ConfigSchema = z.strictObject({
  server: z
    .strictObject({
      url: z.url({ protocol: /^https?$/ }).optional(),
      trustedProxies: z.array(z.string().min(1)).default([]),
    })
    .prefault({}),
  worker: z
    .strictObject({
      concurrency: z.int().min(1).max(64).default(2),
      timeout: duration.prefault('1h'),
      stopTimeout: duration.prefault('30s'),
      user: z.string().min(1).default('letterbox'),
      keep: z
        .strictObject({ runs: z.int().positive().default(1000), days: z.int().positive().default(90) })
        .prefault({}),
    })
    .prefault({}),
  registries: z.record(z.string().min(1), Registry).default({}),
  mail: z
    .strictObject({
      smtp: z.strictObject({ url: SecretRef }),
      from: z.string().min(1),
      allow: z.array(glob).default([]),
    })
    .optional(),
  aws: z.strictObject({ region: z.string().min(1).optional() }).optional(),
  forges: z.record(z.string().min(1), ForgeEntry).default({}),
  web: z.strictObject({ requests: z.array(z.enum(['retry', 'cancel', 'trigger', 'deploy'])).default([]) }).prefault({}),
  repositories: z.record(z.string().min(1), Repository).default({}),
})
/** The config as programs use it. */
export type Config = z.output<typeof ConfigSchema>
/** The config as it was written; kept as the snapshot that runs refer to. */
export type ConfigInput = z.input<typeof ConfigSchema>
