import { z } from 'zod'
import type { RegistryClient } from './registry-client.ts'

/** One tag of an image, as the registry has it. */
export type TagFacts = {
  image: string
  tag: string
  /** of the manifest: what a deletion names */
  digest: string
  /** of the config: what an engine calls the image's id. Null for a list of platforms */
  imageId: string | null
  /** compressed, as a pull would load it; layers that tags share are counted for each */
  bytes: number
  /** when the image was built; null where it does not say */
  createdAt: string | null
}

const PAGE = 100
const AT_ONCE = 8
const MANIFESTS = [
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.index.v1+json',
].join(', ')

const Catalog = z.object({ repositories: z.array(z.string()).nullable() })
const TagList = z.object({ tags: z.array(z.string()).nullable() })
const Part = z.object({ digest: z.string(), size: z.number() })
const Manifest = z.union([
  z.object({ config: Part, layers: z.array(Part) }),
  z.object({ manifests: z.array(Part).min(1) }),
])
const ImageConfig = z.object({ created: z.string().optional() })

/** All tags of all images, or of those named. @throws RegistryFailed */
export async function readImages(registry: RegistryClient, named: string[] = []): Promise<TagFacts[]> {
  const images = named.length > 0 ? named : await pages(registry, '/v2/_catalog', readCatalog)
  const found: TagFacts[] = []
  for (const image of images) {
    const tags = await pages(registry, `/v2/${image}/tags/list`, readTags)
    for (let at = 0; at < tags.length; at += AT_ONCE) {
      const part = tags.slice(at, at + AT_ONCE).map((tag) => readTag(registry, image, tag))
      found.push(...(await Promise.all(part)).filter((one) => one !== null))
    }
  }
  return found
}

const readCatalog = (body: unknown): string[] => Catalog.parse(body).repositories ?? []
const readTags = (body: unknown): string[] => TagList.parse(body).tags ?? []

/** The registry names the next page in a Link header. @see Distribution, "HTTP API V2": pagination */
async function pages(registry: RegistryClient, path: string, read: (body: unknown) => string[]): Promise<string[]> {
  const all: string[] = []
  let next: string | null = `${path}?n=${PAGE}`
  while (next !== null) {
    const { status, body, headers } = await registry.get(next)
    if (status === 404) return all // an image all of whose tags were deleted
    const link = [headers.link ?? ''].flat().join(',')
    all.push(...read(JSON.parse(body)))
    const target: string | undefined = /<([^>]+)>\s*;\s*rel="?next"?/.exec(link)?.[1]
    next = target === undefined ? null : pathOf(target)
  }
  return all
}

function pathOf(target: string): string {
  const { pathname, search } = new URL(target, 'https://registry')
  return `${pathname}${search}`
}

async function readTag(registry: RegistryClient, image: string, tag: string): Promise<TagFacts | null> {
  const { status, body, headers } = await registry.get(`/v2/${image}/manifests/${tag}`, MANIFESTS)
  const digest = [headers['docker-content-digest']].flat()[0]
  if (status !== 200 || digest === undefined) return null // deleted meanwhile
  return { image, tag, digest, ...(await readManifest(registry, image, body)) }
}

async function readManifest(
  registry: RegistryClient,
  image: string,
  body: string,
): Promise<Pick<TagFacts, 'imageId' | 'bytes' | 'createdAt'>> {
  const manifest = Manifest.parse(JSON.parse(body))
  if ('config' in manifest) {
    const bytes = manifest.layers.reduce((sum, { size }) => sum + size, manifest.config.size)
    const config = await registry.get(`/v2/${image}/blobs/${manifest.config.digest}`)
    const createdAt = config.status === 200 ? (ImageConfig.parse(JSON.parse(config.body)).created ?? null) : null
    return { imageId: manifest.config.digest, bytes, createdAt }
  }
  const parts = await Promise.all(
    manifest.manifests.map(async ({ digest }) => {
      const part = await registry.get(`/v2/${image}/manifests/${digest}`, MANIFESTS)
      return part.status === 200 ? await readManifest(registry, image, part.body) : null
    }),
  )
  const there = parts.filter((part) => part !== null)
  const bytes = there.reduce((sum, part) => sum + part.bytes, 0)
  return { imageId: null, bytes, createdAt: there[0]?.createdAt ?? null }
}
