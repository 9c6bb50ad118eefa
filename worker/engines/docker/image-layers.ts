import { pipeline, Readable } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import type Dockerode from 'dockerode'
import type { ImageLayer } from '../engine.ts'
import { dialForStream } from './dial.ts'
import { asUnavailable, isStatus, reach } from './reach.ts'
import { tarEntries } from './read-tar.ts'

/** So many images are asked whether the image begins with theirs. */
const MAX_COMPARED = 300
const OURS = 'dev.letterbox.run'

/** The layers of an image without those of the image it was built from, where the engine still has that one. Read from
 *  the engine's export, which also holds an image's JSON files; engines before 25 do not say there which layer is which, so
 *  all are given. @see Docker Engine API, "Export an image" */
export async function* imageLayers(
  docker: Dockerode,
  imageId: string,
  signal: AbortSignal,
): AsyncGenerator<ImageLayer> {
  const base = await baseLayers(docker, imageId)
  const stream = await dialForStream(docker, { method: 'GET', path: `/images/${imageId}/get`, signal })
  try {
    for await (const { name, content } of tarEntries(stream)) {
      const digest = /^blobs\/sha256\/([0-9a-f]{64})$/.exec(name)?.[1] ?? ''
      if (base.has(`sha256:${digest}`)) continue
      yield { layer: shortName(name), content: unpacked(content) }
    }
  } catch (error) {
    throw asUnavailable(error) ?? error
  } finally {
    stream.destroy()
  }
}

function shortName(name: string): string {
  return /[0-9a-f]{64}/.exec(name)?.[0].slice(0, 12) ?? name
}

/** Ids of the layers with which the image begins and which an image that no run of ours built consists of. */
async function baseLayers(docker: Dockerode, imageId: string): Promise<Set<string>> {
  const own = await layersOf(docker, imageId)
  const others = await reach(() => docker.listImages())
  let longest: string[] = []
  for (const { Id, Labels } of others.slice(0, MAX_COMPARED)) {
    if (Id === imageId || Labels?.[OURS] !== undefined) continue
    const layers = await layersOf(docker, Id)
    const isBase = layers.length < own.length && layers.every((layer, index) => own[index] === layer)
    if (isBase && layers.length > longest.length) longest = layers
  }
  return new Set(longest)
}

async function layersOf(docker: Dockerode, imageId: string): Promise<string[]> {
  try {
    return (await reach(() => docker.getImage(imageId).inspect())).RootFS.Layers ?? []
  } catch (error) {
    if (isStatus(error, 404)) return [] // it was removed meanwhile
    throw error
  }
}

const GZIP = Buffer.from([0x1f, 0x8b])
const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd])

/** Engines with a containerd store hand layers out as they were pushed: compressed. */
async function* unpacked(content: AsyncGenerator<Buffer>): AsyncGenerator<Uint8Array> {
  const first = await content.next()
  if (first.done) return
  const whole = Readable.from(startingWith(first.value, content), { objectMode: false })
  const unpacker = unpackerFor(first.value)
  // an error on the way is thrown to whoever reads at the end
  yield* unpacker === null ? whole : pipeline(whole, unpacker, () => {})
}

function unpackerFor(first: Buffer) {
  if (first.subarray(0, GZIP.length).equals(GZIP)) return createGunzip()
  return first.subarray(0, ZSTD.length).equals(ZSTD) ? createZstdDecompress() : null
}

async function* startingWith(first: Buffer, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  yield first
  yield* rest
}
