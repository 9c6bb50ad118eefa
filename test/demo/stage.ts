import { join } from 'node:path'
import { BASE_IMAGE, baseImage } from '../support/base-image.ts'
import { findEngine, startEngine, type TestEngine } from '../support/engine.ts'
import type { TestRepository } from '../support/git-repository.ts'
import { type GitServer, startGitServer } from '../support/git-server.ts'
import { type Letterbox, letterboxIn } from '../support/letterbox.ts'
import { DEMO_PROGRAMS, prepareMachine } from '../support/machine.ts'
import { type MailCatcher, startMailCatcher } from '../support/mail-catcher.ts'
import { clearTmp, makeOwnTmp } from '../support/own-tmp.ts'
import { startRegistry, type TestRegistry } from '../support/registry.ts'

export const SHOP = 'acme/shop'

/** Everything that the demo plays with; all of it real. */
export type Stage = {
  folder: string
  engine: TestEngine
  git: GitServer
  shop: TestRepository
  registry: TestRegistry
  mail: MailCatcher
  secret: string
  letterbox: Letterbox
  configText: string
  /** also takes the images that were made out of an engine that is not ours */
  close(): Promise<void>
}

export async function buildStage(say: (line: string) => void): Promise<Stage> {
  const stops: (() => Promise<void>)[] = []
  const close = async () => {
    for (const stop of stops.splice(0).reverse()) await stop()
  }
  try {
    return { ...(await build(say, stops)), close }
  } catch (error) {
    await close()
    throw error
  }
}

async function build(say: (line: string) => void, stops: (() => Promise<void>)[]): Promise<Omit<Stage, 'close'>> {
  prepareMachine(DEMO_PROGRAMS, (await findEngine()) !== null, say)
  const engine = await startEngine(say)
  stops.push(engine.stop)
  const folder = makeOwnTmp('letterbox-demo-', say)
  process.env.TMPDIR = folder
  stops.push(async () => clearTmp(folder, say))
  stops.push(await baseImage(engine.docker, BASE_IMAGE))
  const git = await startGitServer()
  stops.push(git.close)
  const mail = await startMailCatcher()
  stops.push(mail.close)
  const registry = await startRegistry()
  stops.push(registry.close)
  const shop = await git.repository(SHOP)
  const secret = 'the-secret-that-github-signs-with'
  const configText = demoConfig(git, registry)
  const letterbox = letterboxIn({
    folder: join(folder, 'letterbox'),
    config: configText,
    env: {
      DOCKER_HOST: engine.host,
      SHOP_WEBHOOK_SECRET: secret,
      REGISTRY_PASSWORD: registry.password,
      SMTP_URL: mail.url,
      NODE_EXTRA_CA_CERTS: registry.caFile,
    },
  })
  if (!engine.own) stops.push(() => removeImages(engine, letterbox))
  stops.push(letterbox.stop)
  await Promise.all([letterbox.startWebhook(), letterbox.startWorker()])
  return { folder, engine, git, shop, registry, mail, secret, letterbox, configText }
}

/** What an operator would write, but for the addresses and the user, who need not be made for a demo. */
function demoConfig(git: GitServer, registry: TestRegistry): string {
  return `worker: { user: nobody, network: { protect: false } }
registries:
  main: { address: "${registry.address}", username: ${registry.username}, password: { env: REGISTRY_PASSWORD } }
mail: { smtp: { url: { env: SMTP_URL } }, from: "Letterbox <ci@example.com>", allow: ["*@example.com"] }
forges:
  "${git.host}": { kind: github, url: "${git.url}" }
repositories:
  ${git.host}/${SHOP}:
    secret: { env: SHOP_WEBHOOK_SECRET }
    triggers:
      - on: push
        branches: [main]
        steps:
          - build: { image: ${SHOP} }
          - test: { command: ./runtests.sh, memory: 64m }
            timeout: 1m
          - push: { registry: main, tags: [latest, "{{ shortCommit }}"] }
        mail: { to: [pusher], on: always }
`
}

/** An engine that others use, too, keeps nothing of the demo. */
async function removeImages(engine: TestEngine, letterbox: Letterbox): Promise<void> {
  const outputs = letterbox.runs().flatMap((run) => run.steps.map((step) => step.outputs))
  const references = new Set(outputs.flatMap(({ imageId, tags }) => [...tags, ...(imageId === null ? [] : [imageId])]))
  for (const reference of references)
    await engine.docker
      .getImage(reference)
      .remove({ force: true })
      .catch((error: unknown) => {
        if (!(error instanceof Error && 'statusCode' in error && error.statusCode === 404)) throw error
      })
}
