import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { ConfigInput } from '../../config/schema.ts'
import { readSitesState, type SitesState } from '../../job/sites-state.ts'
import { freshName } from './engine.ts'
import { type NginxProxy, startNginxProxy } from './nginx-proxy.ts'
import { type Stand, startStand, type Triggers } from './stand.ts'
import { until } from './until.ts'

type Files = Parameters<Stand['shop']['commit']>[0]['files']

export type SiteStand = {
  stand: Stand
  proxy: NginxProxy
  /** Pushes what says `says` to a branch, and waits until its run has ended. */
  push(branch: string, files: Files): Promise<{ commit: string; state: string; reason: string | null }>
  /** containers of this stand's sites */
  containers(): Promise<{ id: string; host: string; exposed: boolean; labels: Record<string, string> }[]>
  state(): SitesState
}

export const HOST = '{{ branch | slug }}.dev.example.com'

/** A build and a site for every push, taken down with its branch. */
export const SITE_JOB: Triggers = [
  { on: 'push', steps: [{ build: { image: 'acme/shop' } }, { site: { host: HOST, letsencrypt: false } }] },
  { on: 'branch_deleted', steps: [{ site: { host: HOST, remove: true } }] },
]

/** A Letterbox with a real nginx beside it, in networks of its own. */
export async function startSiteStand(
  t: TestContext,
  options: { triggers?: Triggers; settle?: string; sites?: ConfigInput['sites'] } = {},
): Promise<SiteStand> {
  const network = freshName('lbx-proxy')
  const { triggers = SITE_JOB, settle = '1500ms', sites } = options
  let proxy: NginxProxy | null = null
  let begun: Stand | null = null
  // before what the stand itself gives up
  t.after(async () => {
    await proxy?.close()
    if (begun) await cleanUp(begun, network)
  })
  const stand = await startStand(t, {
    triggers,
    change: (config) => ({ ...config, sites: { network, settle, memory: '64m', ...sites } }),
  })
  begun = stand
  const { docker } = stand.engine
  // where every other branch begins; nobody tells Letterbox of it
  await stand.shop.commit({ files: siteFiles('main'), branch: 'main' })
  const inTurn = oneByOne()
  await docker.createNetwork({ Name: network, Driver: 'bridge' })
  const folder = join(stand.folder, 'nginx')
  mkdirSync(folder)
  proxy = await startNginxProxy(docker, folder, network)
  const state = () =>
    readSitesState(stand.letterbox.data.sitesState) ?? { writtenAt: '', reconciledAt: null, sites: [], answers: [] }
  return {
    stand,
    proxy,
    state,
    async push(branch, files) {
      const commit = await inTurn(() => stand.shop.commit({ files, branch }))
      const answer = await stand.github({ commit, ref: `refs/heads/${branch}` })
      if (answer.status !== 202)
        throw new Error(`the push was answered ${answer.status} ${JSON.stringify(answer.body)}`)
      const run = await stand.letterbox.run(
        `the run of ${branch} to end`,
        (one) => one.commit === commit && one.finishedAt !== null,
      )
      return { commit, state: run.state, reason: run.reason }
    },
    containers: () => siteContainers(stand, network),
  }
}

/** One worktree makes all commits. */
function oneByOne() {
  let last: Promise<unknown> = Promise.resolve()
  return <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(work)
    last = next.catch(() => {})
    return next
  }
}

async function siteContainers({ engine }: Stand, network: string) {
  const all = await engine.docker.listContainers({
    all: true,
    filters: { label: [`dev.letterbox.site.network=${network}`] },
  })
  return all.map(({ Id, Labels, NetworkSettings }) => ({
    id: Id,
    host: Labels['dev.letterbox.site'] ?? '',
    exposed: Object.hasOwn(NetworkSettings.Networks, network),
    labels: Labels,
  }))
}

async function cleanUp(stand: Stand, network: string): Promise<void> {
  await stand.letterbox.stop()
  const { docker } = stand.engine
  for (const { id } of await siteContainers(stand, network))
    await docker.getContainer(id).remove({ force: true, v: true })
  for (const name of [network, `${network}-start`]) {
    const remove = async () => {
      await docker
        .getNetwork(name)
        .remove()
        .catch((error: { statusCode?: number }) => {
          if (error.statusCode !== 404) throw error
        })
      return true
    }
    await until(remove, { what: `network ${name} to go`, deadlineMs: 5000 })
  }
}

/** A shop that answers by HTTP: `says` at `/`, and whatever `health` says at `/health`. */
export function siteFiles(says: string, change: { serve?: string; health?: string } = {}): Record<string, string> {
  return {
    Dockerfile: [
      'FROM busybox:1.36',
      'WORKDIR /www',
      'COPY . .',
      `CMD ${JSON.stringify(['sh', '-c', change.serve ?? HTTPD])}`,
      '',
    ].join('\n'),
    'index.html': `${says}\n`,
    ...(change.health !== undefined && { health: change.health }),
  }
}

/** It ends when it is told to, as good servers do. */
const HTTPD = `trap 'kill $!; exit 0' TERM; httpd -f -p 80 -h /www & wait`
