import type { Step } from '../../config/schema.ts'
import { renderTemplate } from '../../config/template.ts'
import type { SiteHealth, SiteVolume } from '../engines/site-engine.ts'
import type { StepSites } from '../sites/create-sites.ts'
import type { SiteOwner } from '../sites/owner.ts'
import { SiteWithoutRef } from '../sites/site-errors.ts'
import { parseSiteHost } from '../sites/site-host.ts'
import type { Update } from '../sites/update-site.ts'
import type { Executor, StepContext } from './executor.ts'
import { builtImage } from './run-images.ts'
import { renderAll, stepVariables } from './step-variables.ts'

type SiteStep = Extract<Step, { action: 'site' }>

const ANY_ANSWER: SiteHealth = { path: '/', timeoutMs: 60_000, below: 500 }

/** Serves the image that this run built under a host name, or takes the host name down. */
export function siteExecutor(sites: StepSites): Executor<SiteStep> {
  return async ({ with: options }, context) => {
    const { io } = context
    const owner = ownerOf(context)
    const host = renderTemplate(options.host, stepVariables(context))
    if (options.remove) {
      await sites.takeDown(host, owner, io)
      return { exitCode: null, outputs: {} }
    }
    const update = updateFor(parseSiteHost(options.host, host, context.config), owner, options, context)
    const site = await sites.update(update, io)
    io.say(`${site.address} serves ${site.image} of ${site.commit ?? owner.ref}`)
    return { exitCode: null, outputs: { image: site.image, imageId: site.imageId, address: site.address } }
  }
}

function ownerOf({ run, facts }: StepContext): SiteOwner {
  if (facts.event.ref === null) throw new SiteWithoutRef(facts.event.type)
  return { repository: run.repository, ref: facts.event.ref }
}

function updateFor(host: string, owner: SiteOwner, options: SiteStep['with'], context: StepContext): Update {
  const { config, run, facts } = context
  const letsencrypt = options.letsencrypt ?? config.sites.letsencrypt
  const wanted = options.image === undefined ? null : renderTemplate(options.image, stepVariables(context))
  const image = builtImage(context.images, wanted)
  const createdAt = new Date()
  return {
    settleMs: config.sites.settle,
    start: {
      host,
      ...owner,
      address: `${letsencrypt ? 'https' : 'http'}://${host}`,
      commit: facts.commit,
      startedBy: run.id,
      image: image.name,
      imageId: image.imageId,
      port: options.port,
      health: healthOf(options),
      network: config.sites.network,
      createdAt: createdAt.toISOString(),
      expiresAt: options.ttl === undefined ? null : new Date(createdAt.getTime() + options.ttl).toISOString(),
      env: { ...renderAll(options.env, context), ...proxyEnvironment(host, options.port, letsencrypt) },
      volumes: options.volumes.map((volume) => siteVolume(volume, host)),
      memoryBytes: options.memory ?? config.sites.memory,
    },
  }
}

function healthOf({ health }: SiteStep['with']): SiteHealth {
  return health === undefined ? ANY_ANSWER : { path: health.path, timeoutMs: health.timeout, below: 400 }
}

/** @see nginx-proxy and acme-companion, their READMEs */
function proxyEnvironment(host: string, port: number, letsencrypt: boolean): Record<string, string> {
  return {
    VIRTUAL_HOST: host,
    VIRTUAL_PORT: String(port),
    ...(letsencrypt && { LETSENCRYPT_HOST: host }),
  }
}

/** A named volume is the site's own: two branches never share their data. */
function siteVolume(text: string, host: string): SiteVolume {
  const [source = '', target = '', mode] = text.split(':')
  const named = !source.startsWith('/')
  const readOnly = mode === 'ro'
  return { kind: named ? 'named' : 'host', source: named ? `letterbox-${host}-${source}` : source, target, readOnly }
}
