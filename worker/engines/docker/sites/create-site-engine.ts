import type Dockerode from 'dockerode'
import { z } from 'zod'
import { ContainerRefused, EngineFailed, ImageMissing } from '../../engine-errors.ts'
import type { SiteContainer, SiteEngine, SiteStart } from '../../site-engine.ts'
import { createDemux } from '../demux.ts'
import { engineAnswer, isStatus, reach } from '../reach.ts'
import { removeContainer } from '../remove-container.ts'
import { announce } from './announce.ts'
import { proxyVariables, refuseProxyLabels } from './proxy-words.ts'
import { inspectedSite, listedSite, specOf } from './read-site.ts'
import { siteFilter } from './site-labels.ts'
import { ensureNetwork, startNetwork } from './site-networks.ts'
import { siteContainer } from './site-spec.ts'

export type SiteEngineDeps = {
  docker: Dockerode
  /** stable id of this installation: only its own sites are seen */
  instance: string
  log: { warn(facts: object, message: string): void }
}

const LAST_LINES = 40

/** Sites on a Docker Engine, whose containers this host must be able to reach. */
export function createSiteEngine(deps: SiteEngineDeps): SiteEngine {
  const { docker, instance } = deps

  async function look(id: string): Promise<SiteContainer | null> {
    const found = await orNull(() => docker.getContainer(id).inspect())
    return found === null ? null : inspectedSite(found)
  }

  return {
    look,
    async list() {
      const found = await reach(() => docker.listContainers({ all: true, filters: siteFilter(instance) }))
      const sites = found.flatMap((container) => listedSite(container) ?? [])
      return sites.sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1))
    },
    async start(request) {
      const id = await startSite(deps, request)
      return (await look(id)) ?? gone(id)
    },
    async expose(container) {
      await ensureNetwork(docker, container.network)
      await connect(docker, container)
      await reach(() => docker.getContainer(container.id).update({ RestartPolicy: { Name: 'unless-stopped' } }))
      await announce(docker, { instance, imageId: container.imageId }).catch((err: unknown) => {
        deps.log.warn({ err, host: container.host }, 'the reverse proxy could not be told of a site at once')
      })
    },
    async spec({ id, imageId }) {
      const found = await reach(() => docker.getContainer(id).inspect())
      const image = await orNull(() => docker.getImage(imageId).inspect())
      return specOf(found, image?.Config.Env ?? [])
    },
    async lastWords(id) {
      const output = await orNull(() => docker.getContainer(id).logs({ stdout: true, stderr: true, tail: LAST_LINES }))
      return output === null ? '' : readable(output)
    },
    async memoryUsed(id) {
      const stats = await orNull(() => docker.getContainer(id).stats({ stream: false, 'one-shot': true }))
      return Stats.safeParse(stats).data?.memory_stats.usage ?? null
    },
    async remove(id, graceMs) {
      await stop(docker, id, graceMs)
      await removeContainer(docker, id)
    },
    hasImage: async (imageId) => (await orNull(() => docker.getImage(imageId).inspect())) !== null,
  }
}

const Stats = z.object({ memory_stats: z.object({ usage: z.number() }) })

async function startSite({ docker, instance }: SiteEngineDeps, request: SiteStart): Promise<string> {
  const image = await orNull(() => docker.getImage(request.imageId).inspect())
  if (image === null) throw new ImageMissing(request.imageId)
  refuseProxyLabels(request.image, image.Config.Labels ?? {})
  const unset = proxyVariables(image.Config.Env ?? []).filter((name) => !Object.hasOwn(request.env, name))
  await ensureNetwork(docker, startNetwork(request.network))
  const container = await reach(() => docker.createContainer(siteContainer(request, { instance, unset }))).catch(
    refused,
  )
  try {
    await reach(() => container.start())
  } catch (error) {
    await removeContainer(docker, container.id)
    return refused(error)
  }
  return container.id
}

async function connect(docker: Dockerode, { id, network }: SiteContainer): Promise<void> {
  try {
    await reach(() => docker.getNetwork(network).connect({ Container: id }))
  } catch (error) {
    if (!/already exists in network/.test(engineAnswer(error)?.message ?? '')) throw error
  }
}

async function stop(docker: Dockerode, id: string, graceMs: number): Promise<void> {
  try {
    await reach(() => docker.getContainer(id).stop({ t: Math.ceil(graceMs / 1000) }))
  } catch (error) {
    // 304: it has ended already; 404: it is gone
    if (!isStatus(error, 304) && !isStatus(error, 404)) throw error
  }
}

async function orNull<T>(call: () => Promise<T>): Promise<T | null> {
  try {
    return await reach(call)
  } catch (error) {
    if (isStatus(error, 404)) return null
    throw error
  }
}

function readable(output: Buffer | NodeJS.ReadableStream): string {
  if (!Buffer.isBuffer(output)) return ''
  let text = ''
  const hear = (chunk: string | Uint8Array) => {
    text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString()
  }
  createDemux({ stdout: hear, stderr: hear })(output)
  return text
}

function refused(error: unknown): never {
  const answer = engineAnswer(error)
  if (answer === null) throw error
  if (answer.status < 500 || /OCI runtime create failed|invalid|not found|Mounts denied/i.test(answer.message))
    throw new ContainerRefused(answer.message, error)
  throw new EngineFailed(answer.message, { cause: error })
}

function gone(id: string): never {
  throw new EngineFailed(
    `the container ${id.slice(0, 12)} of a site was removed by somebody else as soon as it was started`,
  )
}
