import { DeliveryMalformed } from './delivery-malformed.ts'

export type GitRef = { ref: string; branch: string; tag: null } | { ref: string; branch: null; tag: string }

const MAX_CHARS = 1000

/** A branch by its short name. @throws DeliveryMalformed when it is empty or too long: a cut name would be another */
export function branchRef(branch: string): GitRef {
  return { ref: `refs/heads/${refName(branch)}`, branch, tag: null }
}

/** A tag by its short name. @throws DeliveryMalformed */
export function tagRef(tag: string): GitRef {
  return { ref: `refs/tags/${refName(tag)}`, branch: null, tag }
}

/** By its full name; null for a ref that is neither a branch nor a tag (notes, pull requests, …).
 *  @throws DeliveryMalformed */
export function gitRef(ref: string): GitRef | null {
  if (ref.startsWith('refs/heads/')) return branchRef(ref.slice('refs/heads/'.length))
  if (ref.startsWith('refs/tags/')) return tagRef(ref.slice('refs/tags/'.length))
  return null
}

function refName(name: string): string {
  if (name === '' || name.length > MAX_CHARS || !name.isWellFormed()) {
    throw new DeliveryMalformed('the ref is no name of a branch or tag')
  }
  return name
}

/** Forges write forty zeros (sixty-four in SHA-256 repositories) for "no commit". */
export function commitOrNull(id: string): string | null {
  return /^0+$/.test(id) ? null : id
}
