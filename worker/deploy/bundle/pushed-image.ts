import type { PushedImage } from '../../steps/executor.ts'
import { NoImagePushed } from '../deploy-errors.ts'

/** The pushed image that a step means: the last of that name, with or without its registry, or the last of all.
 *  @throws NoImagePushed */
export function pushedImage(pushed: readonly PushedImage[], wanted: string | null): PushedImage {
  const found = pushed.findLast(({ name }) => wanted === null || name === wanted || name.endsWith(`/${wanted}`))
  if (found) return found
  throw new NoImagePushed(
    wanted,
    pushed.map(({ name }) => name),
  )
}

/** `registry/name@sha256:…`: what was pushed and nothing else, whatever is done to the tag. */
export function byDigest({ name, digest }: PushedImage): string {
  return `${name}@${digest}`
}

/** Turns a reference to an image of this run, by any tag, into one by digest. Others stay as they are. */
export function pinTo(pushed: readonly PushedImage[]): (reference: string) => string {
  return (reference) => {
    const image = pushed.findLast(({ name }) => name === withoutTag(reference))
    return image === undefined ? reference : byDigest(image)
  }
}

/** Such a reference without the digest, to compare what is otherwise the same. */
export function unpinFrom(pushed: readonly PushedImage[]): (reference: string) => string {
  return (reference) => (pushed.some(({ name }) => name === withoutTag(reference)) ? withoutTag(reference) : reference)
}

function withoutTag(reference: string): string {
  const named = reference.split('@')[0] ?? reference
  const colon = named.lastIndexOf(':')
  return colon > named.lastIndexOf('/') ? named.slice(0, colon) : named
}
