import { z } from 'zod'
import { argument, duration, environmentName, environmentValue, plainText, size, template } from './scalars.ts'
import { stepSecrets } from './secret-ref.ts'

const path = plainText().meta({ title: 'path' })
const absolutePath = z.string().startsWith('/').max(1000).meta({ title: 'absolute path' })
const argv = z.array(argument).min(1)
const environment = z.record(environmentName, environmentValue).default({})

const Source = z.strictObject({
  repository: plainText().meta({ description: 'The other repository, `host/path`.' }),
  branch: plainText()
    .optional()
    .meta({ description: 'Its branch. Default: its own default branch, unless `tag` is given.' }),
  tag: plainText().optional().meta({ description: 'Its tag.' }),
})

export const Build = z
  .strictObject({
    image: template.meta({ description: 'Image name without registry and tag, e.g. `acme/shop`. May be a template.' }),
    dockerfile: path.default('Dockerfile').meta({ description: 'The Dockerfile, as a path in `context`.' }),
    context: path.default('.').meta({ description: 'Folder of the checkout that is sent to the engine.' }),
    target: plainText().optional().meta({ description: 'Stage of the Dockerfile to build. Default: the last.' }),
    args: z
      .record(z.string().min(1).max(200), argument)
      .default({})
      .meta({ description: 'Build arguments (`ARG`). They stay visible in the image: no place for a secret.' }),
    platform: plainText(100)
      .optional()
      .meta({ description: 'For which platform, e.g. `linux/arm64`. Default: the engine’s.' }),
    pull: z.boolean().default(false).meta({ description: 'Asks the registry for a newer base image first.' }),
    noCache: z.boolean().default(false).meta({ description: 'Builds every layer anew.' }),
    secrets: stepSecrets.default([]).meta({
      description:
        'For `RUN --mount=type=secret,id=NAME`; in no layer. Names from the repository’s `secrets`, or written in place.',
    }),
    scan: z
      .enum(['layers'])
      .optional()
      .meta({
        description:
          'Looks for the secrets of this run in the layers of the built image too. Always looked through are its ' +
          'configuration and history.',
      }),
    memory: size.optional().meta({ description: 'Memory limit of the build.' }),
    builder: z.enum(['auto', 'buildkit', 'classic']).default('auto').meta({
      description: '`auto` takes BuildKit where the engine has it.',
    }),
    source: Source.optional().meta({
      description: 'Builds from another repository, such as a deploy repository, instead of the pushed one.',
    }),
  })
  .meta({ description: 'Builds an image.' })

export const Test = z
  .strictObject({
    command: z.union([argument.min(1), argv]).meta({
      description: 'Text runs in the container’s `/bin/sh -c`; a list runs as it is. Exit code 0 is success.',
    }),
    image: template.optional().meta({ description: 'Image to run. Default: the image that this run built last.' }),
    env: environment.meta({ description: 'Environment variables; values may be templates.' }),
    secrets: stepSecrets.default([]).meta({
      description:
        'Secrets as environment variables, masked in the log. Names from the repository’s `secrets`, or written in place.',
    }),
    user: plainText(100).optional().meta({ description: 'User in the container. Default: the image’s.' }),
    memory: size.optional().meta({ description: 'Memory limit.' }),
    cpus: z.number().positive().max(256).optional().meta({ description: 'Processors, also parts: `1.5`.' }),
    pids: z.int().positive().optional().meta({ description: 'Most processes at once.' }),
    network: plainText(200).default('bridge').meta({ description: 'Network of the engine; `none` for no network.' }),
    workdir: absolutePath.optional().meta({ description: 'Working folder in the container. Default: the image’s.' }),
    checkout: z.enum(['none', 'read-only', 'writable']).default('none').meta({
      description: 'Whether the checkout of the repository is mounted.',
    }),
    checkoutPath: absolutePath.default('/workspace').meta({ description: 'Where it is mounted.' }),
  })
  .meta({ description: 'Runs a command in a container.' })

export const Push = z
  .strictObject({
    registry: z.string().min(1).max(200).meta({ description: 'A name from `registries`.' }),
    tags: z.array(template).min(1).meta({ description: 'Image tags; may be templates.' }),
    image: template.optional().meta({ description: 'Which of the images this run built. Default: the last.' }),
  })
  .meta({ description: 'Pushes an image to a registry.' })

const port = z.int().min(1).max(65_535)
const portMapping = z
  .union([port, z.string().regex(/^\d{1,5}:\d{1,5}$/, 'a port like 80, or host:container like "8080:80"')])
  .meta({ title: 'port', examples: [80, '8080:80'] })
const hostVolume = z
  .string()
  .regex(/^\/[^:{}]*:\/[^:{}]*$/, 'two absolute paths, /on/the/instance:/in/the/container')
  .max(1000)
  .meta({ title: '/host:/container', examples: ['/var/app/data:/data'] })

export const Deploy = z
  .strictObject({
    to: z.literal('elastic-beanstalk').meta({ description: 'Where to.' }),
    application: template.meta({ description: 'Name of the application.' }),
    environment: template.meta({ description: 'Name of the environment.' }),
    template: z.enum(['dockerrun-v1', 'dockerrun-v3-compose', 'build-on-target']).optional().meta({
      description:
        'What the bundle holds; see `deploy-templates/elastic-beanstalk/`. Default: the repository’s own `Dockerrun.aws.json` or `docker-compose.yml`.',
    }),
    image: template.optional().meta({ description: 'Which of the images this run pushed. Default: the last.' }),
    ports: z.array(portMapping).min(1).default([80]).meta({
      description: 'Ports of the container, for a `template`; the first gets the requests.',
    }),
    volumes: z.array(hostVolume).default([]).meta({ description: 'Folders of the instance, for a `template`.' }),
    logging: absolutePath.optional().meta({
      description: 'Folder in the container whose files Elastic Beanstalk collects as logs, for a `template`.',
    }),
    versionLabel: template.optional().meta({
      description: 'Version label. Default: `{{ version }}-{{ shortCommit }}`, without a tag `{{ branch | slug }}-…`.',
    }),
    region: plainText(100).optional().meta({ description: 'AWS region. Default: `aws.region`, then the SDK’s own.' }),
    bucket: plainText(100)
      .optional()
      .meta({ description: 'S3 bucket for the bundle. Default: Elastic Beanstalk’s own.' }),
    createApplication: z.boolean().default(false).meta({ description: 'Creates the application where it is missing.' }),
    platform: plainText().optional().meta({
      description: 'Platform for a new environment, by its ARN. With it (or `solutionStack`) a missing one is created.',
    }),
    solutionStack: plainText().optional().meta({ description: 'Solution stack for a new environment, by its name.' }),
    tier: z.enum(['web', 'worker']).default('web').meta({ description: 'Tier of a new environment.' }),
    cname: z
      .string()
      .regex(/^[A-Za-z0-9](?:[A-Za-z0-9-]{2,61})[A-Za-z0-9]$/, '4 to 63 letters, digits and inner -')
      .optional()
      .meta({ title: 'name', description: 'First part of a new environment’s host name.' }),
    instanceProfile: plainText(200).optional().meta({ description: 'Instance profile of a new environment.' }),
    serviceRole: plainText(200).optional().meta({ description: 'Service role of a new environment.' }),
    operationsRole: plainText(200).optional().meta({
      description: 'ARN of the role with which Elastic Beanstalk itself acts on a new environment.',
    }),
    env: environment.meta({ description: 'Environment properties of a new environment; values may be templates.' }),
    options: z
      .record(plainText(200), z.record(plainText(200), z.string().max(4096)))
      .default({})
      .meta({ description: 'Options of a new environment: namespace, then name and value.' }),
    health: z
      .array(z.enum(['Green', 'Yellow', 'Grey', 'Red']))
      .min(1)
      .default(['Green'])
      .meta({ description: 'Which health is well; `Grey` where the environment reports none.' }),
    healthTimeout: duration
      .prefault('5m')
      .meta({ description: 'How long a ready environment may take to be healthy.' }),
    wait: duration.prefault('30m').meta({ description: 'How long the environment may take in all.' }),
    rollback: z.boolean().default(false).meta({ description: 'Goes back to the former version when this one fails.' }),
    allowBackwards: z.boolean().default(false).meta({
      description: 'Deploys also a commit that is older than the one that is live.',
    }),
  })
  .meta({ description: 'Deploys to AWS Elastic Beanstalk.' })

const Health = z.strictObject({
  path: z
    .string()
    .startsWith('/')
    .max(1000)
    .default('/')
    .meta({ title: 'path', description: 'Asked by HTTP; any answer below 400 is healthy.' }),
  timeout: duration.prefault('60s').meta({ description: 'How long it may take.' }),
})

const siteVolume = z
  .string()
  .regex(
    /^(?:[a-zA-Z0-9][a-zA-Z0-9_.-]{0,99}|\/[^:{}]*):\/[^:{}]*(?::ro)?$/,
    'name:/in/the/container or /on/the/host:/in/the/container, with :ro at the end for read-only',
  )
  .max(1000)
  .meta({ title: 'volume', examples: ['data:/var/lib/shop', '/srv/uploads:/uploads:ro'] })

export const Site = z
  .strictObject({
    host: template.meta({ description: 'Host name of the site; may be a template.' }),
    port: z.int().min(1).max(65_535).default(80).meta({ description: 'Port that the container listens on.' }),
    image: template.optional().meta({ description: 'Which of the images this run built. Default: the last.' }),
    remove: z.boolean().default(false).meta({ description: 'Takes the site down instead.' }),
    env: environment.meta({ description: 'Environment variables; values may be templates.' }),
    volumes: z.array(siteVolume).default([]).meta({
      description: 'A volume of the site’s own, `name:/path`, or a folder of the host, `/folder:/path`.',
    }),
    memory: size.optional().meta({ description: 'Memory limit. Default: `sites.memory`.' }),
    letsencrypt: z.boolean().optional().meta({ description: 'Default: `sites.letsencrypt`.' }),
    ttl: duration.optional().meta({ description: 'Removes the site after this time without a new push.' }),
    health: Health.optional().meta({
      description: 'When the new container is fit to take over. Default: any answer below 500 to `/` within 60 s.',
    }),
  })
  .meta({ description: 'Runs the image as a site with a host name.' })

export const Script = z
  .strictObject({
    run: argv.meta({ description: 'Program on the host and its arguments; no shell, no templates.' }),
    user: plainText(100).optional().meta({ description: 'User on the host. Default: `worker.user`.' }),
    env: environment.meta({ description: 'Environment variables; values may be templates.' }),
    secrets: stepSecrets.default([]).meta({
      description:
        'Secrets as environment variables, masked in the log. Names from the repository’s `secrets`, or written in place.',
    }),
  })
  .meta({ description: 'Runs the operator’s own program on the host.' })

const common = {
  name: plainText(100).optional().meta({ description: 'Name of the step in lists and mails. Default: its action.' }),
  timeout: duration
    .optional()
    .meta({ description: 'Time limit of one try of the step. Default: what is left of the run’s.' }),
  retries: z.int().min(0).max(10).default(0).meta({ description: 'How often it is tried again.' }),
  allowFailure: z
    .boolean()
    .default(false)
    .meta({ description: 'The run goes on, and may succeed, when this step fails.' }),
}

/** The actions, in the order in which they are listed to people. */
export const actions = { build: Build, test: Test, push: Push, deploy: Deploy, site: Site, script: Script }

/** A step is one action key plus the common keys; in memory it is `{ action, with, name, timeoutMs, retries, allowFailure }`. */
export const StepInput = z.strictObject({
  build: Build.optional(),
  test: Test.optional(),
  push: Push.optional(),
  deploy: Deploy.optional(),
  site: Site.optional(),
  script: Script.optional(),
  ...common,
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

export const Step = StepInput.transform((input, context): Step => {
  const { name, timeout, retries, allowFailure, ...given } = input
  const commonOf = (action: string): StepCommon => ({
    name: name ?? action,
    timeoutMs: timeout ?? null,
    retries,
    allowFailure,
  })
  if (Object.keys(given).length === 1) {
    const { build, test, push, deploy, site, script } = given
    if (build) return { action: 'build', with: build, ...commonOf('build') }
    if (test) return { action: 'test', with: test, ...commonOf('test') }
    if (push) return { action: 'push', with: push, ...commonOf('push') }
    if (deploy) return { action: 'deploy', with: deploy, ...commonOf('deploy') }
    if (site) return { action: 'site', with: site, ...commonOf('site') }
    if (script) return { action: 'script', with: script, ...commonOf('script') }
  }
  context.issues.push({
    code: 'custom',
    input,
    message: `a step has exactly one of: ${Object.keys(actions).join(', ')}`,
    params: { code: 'ONE_ACTION' },
  })
  return z.NEVER
})
