import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { BundleTooLarge } from '../deploy-errors.ts'
import { type BundleFile, readContent } from './bundle-file.ts'
import { zipFiles } from './zip-files.ts'

/** What AWS takes; and up to which size it is kept in memory, where the SDK can send it again by itself.
 *  @see Elastic Beanstalk developer guide, "Create an application source bundle" */
const LIMITS = { maxBytes: 500 * 1024 ** 2, keepBytes: 16 * 1024 ** 2 }

export type PackedBundle = {
  /** hex, of names, modes and contents */
  digest: string
  /** the same without the digests of images: what a rebuild of the same commit has in common */
  content: string
  bytes: number
  /** hex, of the zip */
  sha256: string
  open(): Uint8Array | Readable
}

/** Packs once to know size and checksum; a large bundle is packed again while it is sent, so that it lies nowhere.
 *  @throws BundleTooLarge */
export async function packBundle(files: readonly BundleFile[], limits = LIMITS): Promise<PackedBundle> {
  const digests = await digestsOf(files)
  const hash = createHash('sha256')
  let kept: Uint8Array[] | null = []
  let bytes = 0
  for await (const chunk of chunks(zipFiles(files))) {
    bytes += chunk.length
    if (bytes > limits.maxBytes) throw new BundleTooLarge(limits.maxBytes)
    hash.update(chunk)
    kept = bytes > limits.keepBytes ? null : (kept?.concat([chunk]) ?? null)
  }
  const whole = kept === null ? null : Buffer.concat(kept)
  return { ...digests, bytes, sha256: hash.digest('hex'), open: () => whole ?? zipFiles(files) }
}

async function digestsOf(files: readonly BundleFile[]): Promise<{ digest: string; content: string }> {
  const digest = createHash('sha256')
  const content = createHash('sha256')
  for (const file of files) {
    const inner = createHash('sha256')
    for await (const chunk of readContent(file)) inner.update(chunk)
    const own = inner.digest('hex')
    const alike = file.alike === undefined ? own : createHash('sha256').update(file.alike).digest('hex')
    digest.update(`${file.mode} ${own} ${file.path}\0`)
    content.update(`${file.mode} ${alike} ${file.path}\0`)
  }
  return { digest: digest.digest('hex'), content: content.digest('hex') }
}

async function* chunks(stream: Readable): AsyncGenerator<Uint8Array> {
  for await (const chunk of stream) yield chunk
}
