import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { stringify } from 'yaml'
import type { ConfigInput } from '../../config/schema.ts'
import { BASE_IMAGE, baseImage } from './base-image.ts'
import { type BitbucketChange, bitbucketPush, type GithubPush, githubPush } from './delivery.ts'
import { startEngine, type TestEngine } from './engine.ts'
import { freshFolder } from './fresh-folder.ts'
import type { TestRepository } from './git-repository.ts'
import { type GitServer, startGitServer } from './git-server.ts'
import { type Answer, type Letterbox, letterboxIn } from './letterbox.ts'
import { type MailCatcher, startMailCatcher } from './mail-catcher.ts'
import { startRegistry, type TestRegistry } from './registry.ts'

export const SHOP = 'acme/shop'

/** A whole Letterbox with real things around it: engine, registry, git, mail. One for each test. */
export type Stand = {
  folder: string
  engine: TestEngine
  registry: TestRegistry
  git: GitServer
  mail: MailCatcher
  /** `acme/shop`, on a forge that speaks as GitHub at `git.host` and as Bitbucket at `localhost:port` */
  shop: TestRepository
  letterbox: Letterbox
  /** Posts a signed push of `acme/shop` as GitHub delivers it. */
  github(push: Partial<GithubPush> & { commit: string | null }): Promise<Answer>
  /** Posts a signed push of `acme/shop` as Bitbucket delivers it. */
  bitbucket(...changes: BitbucketChange[]): Promise<Answer>
  /** Writes the config, with everything but the triggers of `acme/shop` as in `standConfig`. */
  configure(triggers: Triggers, change?: ConfigChange): void
}

export type Triggers = ConfigInput extends { repositories?: Record<string, { triggers: infer T }> | undefined }
  ? T
  : never
type ConfigChange = (config: ConfigInput) => ConfigInput

export type StandOptions = {
  triggers: Triggers
  change?: ConfigChange
  /** default: both */
  start?: ('webhook' | 'worker')[]
  env?: NodeJS.ProcessEnv
}

const SECRET = 'shop-webhook-secret-0815'

export async function startStand(t: TestContext, options: StandOptions): Promise<Stand> {
  const stops: (() => Promise<void>)[] = []
  const folder = freshFolder(t, async () => {
    for (const stop of stops.reverse()) await stop()
  })
  chmodSync(folder, 0o755)
  const held = async <P>(part: Promise<P>, stop: (part: P) => Promise<void>): Promise<P> => {
    const started = await part
    stops.push(() => stop(started))
    return started
  }
  const engine = await held(startEngine(), (one) => one.stop())
  const git = await held(startGitServer(), (one) => one.close())
  const mail = await held(startMailCatcher(), (one) => one.close())
  const registry = await held(startRegistry(), (one) => one.close())
  await baseImage(engine.docker, BASE_IMAGE)
  const shop = await git.repository(SHOP)
  const facts = { git, registry }
  const configText = (triggers: Triggers, change: ConfigChange = (same) => same) =>
    stringify(change(standConfig(facts, triggers)))
  const letterbox = letterboxIn({
    folder: join(folder, 'letterbox'),
    config: configText(options.triggers, options.change),
    env: {
      DOCKER_HOST: engine.host,
      SHOP_SECRET: SECRET,
      REGISTRY_PASSWORD: registry.password,
      SMTP_URL: mail.url,
      NODE_EXTRA_CA_CERTS: registry.caFile,
      ...options.env,
    },
  })
  stops.push(() => letterbox.stop())
  const start = options.start ?? ['webhook', 'worker']
  await Promise.all([
    start.includes('webhook') ? letterbox.startWebhook() : null,
    start.includes('worker') ? letterbox.startWorker() : null,
  ])
  const signed = { path: SHOP, secret: SECRET }
  return {
    folder,
    engine,
    registry,
    git,
    mail,
    shop,
    letterbox,
    github: (push) => letterbox.post(githubPush({ ...signed, forge: git.url, ref: 'refs/heads/main', ...push })),
    bitbucket: (...changes) => letterbox.post(bitbucketPush({ ...signed, forge: bitbucketUrl(git), changes })),
    configure: (triggers, change) => letterbox.writeConfig(configText(triggers, change)),
  }
}

function standConfig({ git, registry }: { git: GitServer; registry: TestRegistry }, triggers: Triggers): ConfigInput {
  const shop = { secret: { env: 'SHOP_SECRET' }, triggers }
  const bitbucketHost = new URL(bitbucketUrl(git)).host
  return {
    server: { url: 'https://ci.example.com' },
    // a user that every machine has: nothing is added to the host
    worker: {
      ...{ concurrency: 2, timeout: '5m', stopTimeout: '5s', user: 'nobody' },
      // this machine's firewall is left alone; test/e2e/step-network.test.ts has one of its own
      network: { protect: false },
    },
    registries: {
      main: { address: registry.address, username: registry.username, password: { env: 'REGISTRY_PASSWORD' } },
    },
    mail: { smtp: { url: { env: 'SMTP_URL' } }, from: 'Letterbox <ci@example.com>', allow: ['*@example.com'] },
    forges: {
      [git.host]: { kind: 'github', url: git.url },
      [bitbucketHost]: { kind: 'bitbucket', url: git.url },
    },
    web: { requests: ['retry', 'cancel', 'trigger'] },
    repositories: { [`${git.host}/${SHOP}`]: shop, [`${bitbucketHost}/${SHOP}`]: shop },
  }
}

/** The same server under its other name plays the second forge. */
function bitbucketUrl(git: GitServer): string {
  return git.url.replace('127.0.0.1', 'localhost')
}
