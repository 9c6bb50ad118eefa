import assert from 'node:assert/strict'
import { chmodSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { TestContext } from 'node:test'
import { stringify } from 'yaml'
import type { ConfigInput } from '../../config/schema.ts'
import type { Run } from '../../job/run.ts'
import { openStoreReader } from '../../job/store.ts'
import { type Delivery, githubPush } from './delivery.ts'
import { freshFolder } from './fresh-folder.ts'
import { type Answer, type Letterbox, letterboxIn } from './letterbox.ts'
import { PUSH, shopFiles, TEST } from './shop.ts'
import type { Triggers } from './stand.ts'
import type { Surroundings } from './surroundings.ts'
import { until } from './until.ts'

export const ONE_PUSH_SECRET = 'one-push-webhook-secret'

/** One push of a repository of its own to a Letterbox of its own, in surroundings that it shares: its image name and
 *  its mail address belong to nobody else, so that it can be checked from the outside what came of it. */
export type OnePush = {
  image: string
  address: string
  commit: string
  delivery: Delivery
  letterbox: Letterbox
}

export type OnePushOptions = {
  /** a word, different for each */
  name: string
  env?: NodeJS.ProcessEnv
  files?: Record<string, string>
  /** more branches that hold the same commit */
  branches?: string[]
  steps?: Triggers[number]['steps']
  change?: (config: ConfigInput) => ConfigInput
}

export async function preparePush(t: TestContext, around: Surroundings, options: OnePushOptions): Promise<OnePush> {
  const { git, engine, registry, mail } = around
  const change = options.change ?? ((same: ConfigInput) => same)
  const image = `acme/${options.name}`
  const address = `${options.name}@example.com`
  let letterbox: Letterbox | null = null
  const folder = freshFolder(t, async () => await letterbox?.stop())
  chmodSync(folder, 0o755)
  const repository = await git.repository(image)
  const commit = await repository.commit({ files: options.files ?? shopFiles({ says: `good day, ${options.name}` }) })
  const refs = (options.branches ?? []).map((branch) => `${commit}:refs/heads/${branch}`)
  if (refs.length > 0) await repository.git('push', '--quiet', repository.folder, ...refs)
  const steps = options.steps ?? [{ build: { image } }, TEST, PUSH]
  const triggers: Triggers = [{ on: 'push', steps, mail: { to: [address], on: 'always' } }]
  letterbox = letterboxIn({
    folder: join(folder, 'letterbox'),
    config: stringify(change(configFor(around, image, triggers))),
    env: {
      DOCKER_HOST: engine.host,
      SHOP_SECRET: ONE_PUSH_SECRET,
      REGISTRY_PASSWORD: registry.password,
      SMTP_URL: mail.url,
      NODE_EXTRA_CA_CERTS: registry.caFile,
      ...options.env,
    },
  })
  const delivery = githubPush({ forge: git.url, path: image, secret: ONE_PUSH_SECRET, ref: 'refs/heads/main', commit })
  return { image, address, commit, delivery, letterbox }
}

function configFor({ git, registry }: Surroundings, path: string, triggers: Triggers): ConfigInput {
  const main = { address: registry.address, username: registry.username, password: { env: 'REGISTRY_PASSWORD' } }
  return {
    server: { url: 'https://ci.example.com' },
    // a worker that is killed leaves its rules in the firewall: this one has none
    worker: { timeout: '5m', stopTimeout: '5s', user: 'nobody', network: { protect: false } },
    registries: { main },
    mail: { smtp: { url: { env: 'SMTP_URL' } }, from: 'Letterbox <ci@example.com>' },
    forges: { [git.host]: { kind: 'github', url: git.url } },
    repositories: { [`${git.host}/${path}`]: { secret: { env: 'SHOP_SECRET' }, triggers } },
  }
}

/** Waits until nothing is left to do: no job file, no open run, no mail that waits. Gives the runs, oldest first. */
export async function untilQuiet({ letterbox }: OnePush, deadlineMs = 60_000): Promise<Run[]> {
  const { data } = letterbox
  const left = () => ({ spool: readdirSync(data.spoolNew), taken: readdirSync(data.taken), ...countsOf(data.store) })
  const quiet = () => {
    const { spool, taken, queued, running, outbox } = left()
    return spool.length + taken.length + queued + running + outbox === 0
  }
  const describe = () =>
    `${JSON.stringify({ ...left(), runs: letterbox.runs() })}\n${letterbox.worker().output().slice(-4000)}`
  await until(quiet, { what: 'Letterbox to be quiet', deadlineMs, describe })
  return letterbox.runs().reverse()
}

function countsOf(store: string) {
  const reader = openStoreReader(store)
  try {
    return reader.counts()
  } finally {
    reader.close()
  }
}

/** The promise, seen from the outside after all is quiet: one run that succeeded, one image under each tag pushed once,
 *  one mail (`copies`: at most so many with the same id), and nothing lying about. */
export async function checkPromise(push: OnePush, around: Surroundings, copies = 1): Promise<void> {
  const runs = await untilQuiet(push)
  assert.deepEqual(
    runs.map(({ state, reason, steps }) => [state, reason, steps.map((step) => step.state)]),
    [['succeeded', null, ['succeeded', 'succeeded', 'succeeded']]],
  )
  await checkRegistry(push, around, runs[0])
  checkMails(push, around, copies)
  await checkNothingLeft(push, around)
}

async function checkRegistry({ image, commit }: OnePush, { registry }: Surroundings, run: Run | undefined) {
  const digest = run?.steps[2]?.outputs.digest
  assert.match(digest ?? '', /^sha256:/)
  const tags = [commit.slice(0, 12), 'latest']
  assert.equal((await registry.inspect(image, 'latest'))?.digest, digest)
  assert.deepEqual(registry.taken(image).toSorted(), tags.toSorted(), 'each tag was pushed once')
}

function checkMails({ address }: OnePush, { mail }: Surroundings, copies: number): void {
  const got = mail.mails().filter(({ to }) => to.includes(address))
  assert.ok(got.length >= 1 && got.length <= copies, `${got.length} mails arrived`)
  assert.equal(new Set(got.map(({ messageId }) => messageId)).size, 1, 'copies carry the same Message-ID')
}

/** No container, workspace or key of ours, no half-written job file, a store that is whole. */
export async function checkNothingLeft({ letterbox }: OnePush, { engine }: Surroundings): Promise<void> {
  const { data } = letterbox
  const instance = readFileSync(join(data.work, 'instance'), 'utf8').trim()
  const filters = { label: [`dev.letterbox.instance=${instance}`] }
  const containers = await engine.docker.listContainers({ all: true, filters })
  assert.deepEqual(
    containers.map(({ Names, State }) => `${Names[0]} ${State}`),
    [],
  )
  for (const folder of [data.workspaces, data.keys, data.rejected]) assert.deepEqual(readdirSync(folder), [], folder)
  const database = new DatabaseSync(data.store, { readOnly: true })
  assert.deepEqual(Object.values(database.prepare('PRAGMA integrity_check').get() ?? {}), ['ok'])
  database.close()
}

/** Posts the delivery until it is answered, as a forge does that redelivers; null: the program died under it. */
export async function postOrDie({ letterbox, delivery }: OnePush): Promise<Answer | null> {
  return await letterbox.post(delivery).catch(() => null)
}
