import { createHash } from 'node:crypto'
import type { Forge } from '../job/job-file.ts'

/** What the store keeps to know a body again: SHA-256, hex, over forge, NUL and the raw body. */
export function bodyDigest(forge: Forge, body: Buffer): string {
  return createHash('sha256').update(`${forge}\0`).update(body).digest('hex')
}
