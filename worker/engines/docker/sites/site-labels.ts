import { z } from 'zod'
import type { SiteFacts } from '../../site-engine.ts'

const SITE = 'dev.letterbox.site'
const INSTANCE = 'dev.letterbox.instance'

const Past = z.array(
  z.object({ image: z.string(), imageId: z.string(), commit: z.string().nullable(), createdAt: z.string() }),
)

const Health = z.object({ path: z.string(), timeoutMs: z.number(), below: z.number() })
const DEFAULT_HEALTH = { path: '/', timeoutMs: 60_000, below: 500 }

/** The facts of a site as labels of its container. It does not carry `dev.letterbox.managed`, which is what the sweep of
 *  left containers looks for: a site stays. */
export function siteLabels(instance: string, facts: SiteFacts): Record<string, string> {
  return {
    [SITE]: facts.host,
    [INSTANCE]: instance,
    'dev.letterbox.managed': 'false',
    'dev.letterbox.run': facts.startedBy,
    'dev.letterbox.repository': facts.repository,
    [`${SITE}.ref`]: facts.ref,
    [`${SITE}.commit`]: facts.commit ?? '',
    [`${SITE}.image`]: facts.image,
    [`${SITE}.image-id`]: facts.imageId,
    [`${SITE}.address`]: facts.address,
    [`${SITE}.port`]: String(facts.port),
    [`${SITE}.health`]: JSON.stringify(facts.health),
    [`${SITE}.network`]: facts.network,
    [`${SITE}.created`]: facts.createdAt,
    [`${SITE}.expires`]: facts.expiresAt ?? '',
    [`${SITE}.past`]: JSON.stringify(facts.past),
  }
}

export function siteFilter(instance: string): { label: string[] } {
  return { label: [SITE, `${INSTANCE}=${instance}`] }
}

/** The facts in a container's labels; null for one that is no site of ours. Labels alone prove nothing, since a container
 *  inherits those of its image: the name must be one that only we give. */
export function readSiteLabels(labels: Record<string, string>, names: string[]): SiteFacts | null {
  const host = labels[SITE] ?? ''
  if (host === '' || !names.some((name) => name.startsWith(`/${siteNamePrefix(host)}`))) return null
  const text = (name: string) => labels[`${SITE}.${name}`] ?? ''
  return {
    host,
    address: text('address'),
    repository: labels['dev.letterbox.repository'] ?? '',
    ref: text('ref'),
    commit: text('commit') || null,
    startedBy: labels['dev.letterbox.run'] ?? '',
    image: text('image'),
    imageId: text('image-id'),
    port: Number(text('port')),
    health: Health.safeParse(parseJson(text('health'))).data ?? DEFAULT_HEALTH,
    network: text('network'),
    createdAt: text('created'),
    expiresAt: text('expires') || null,
    past: Past.safeParse(parseJson(text('past'))).data ?? [],
  }
}

/** `letterbox-site-<host>-<random>`; a run's containers are named otherwise. */
export function siteName(host: string, random: string): string {
  return `${siteNamePrefix(host)}${random}`
}

function siteNamePrefix(host: string): string {
  return `letterbox-site-${host}-`
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
