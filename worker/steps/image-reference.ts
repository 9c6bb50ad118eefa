import { LetterboxError } from '../../job/letterbox-error.ts'

/* The grammar of image references. @see distribution/reference, "Grammar" in its package documentation */
const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/
const DIGEST = /^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-fA-F]{32,}$/
const REGISTRY = /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?|\[[0-9a-fA-F:]+\])(?::\d{1,5})?$/
const MAX_NAME_CHARS = 255

export class ImageNameInvalid extends LetterboxError {
  readonly code = 'IMAGE_NAME_INVALID'
  readonly fault = 'theirs'

  constructor(name: string, why: string) {
    super(`${JSON.stringify(name.slice(0, 300))} is no image name: ${why}`, {
      hint: 'An image name is like acme/shop: lower-case letters, digits, and between them . _ or -. For text from a branch write {{ branch | slug }}.',
    })
  }
}

export class ImageTagInvalid extends LetterboxError {
  readonly code = 'IMAGE_TAG_INVALID'
  readonly fault = 'theirs'

  constructor(tag: string) {
    super(`${JSON.stringify(tag.slice(0, 300))} is no image tag`, {
      hint: 'An image tag has at most 128 letters, digits, _ . or -, and does not begin with . or -. For text from a branch write {{ branch | slug }}.',
    })
  }
}

/** Proves an image name without registry and tag. @throws ImageNameInvalid */
export function parseImageName(text: string): string {
  const why = nameProblem(text)
  if (why !== null) throw new ImageNameInvalid(text, why)
  return text
}

/** Proves an image tag. @throws ImageTagInvalid */
export function checkImageTag(text: string): string {
  if (!TAG.test(text)) throw new ImageTagInvalid(text)
  return text
}

export type ImageReference = { registry: string | null; name: string; tag: string | null; digest: string | null }

/** Takes apart `[registry/]name[:tag][@digest]`, as in `image:` of a test. @throws ImageNameInvalid, ImageTagInvalid */
export function parseImageReference(text: string): ImageReference {
  const [named = '', digest = null, ...more] = text.split('@')
  if (more.length > 0 || (digest !== null && !DIGEST.test(digest))) throw new ImageNameInvalid(text, 'wrong digest')
  const colon = named.lastIndexOf(':')
  const hasTag = colon > named.lastIndexOf('/')
  const tag = hasTag ? checkImageTag(named.slice(colon + 1)) : null
  const path = hasTag ? named.slice(0, colon) : named
  const slash = path.indexOf('/')
  const first = path.slice(0, Math.max(slash, 0))
  const isRegistry = first === 'localhost' || /[.:]/.test(first)
  if (isRegistry && !REGISTRY.test(first)) throw new ImageNameInvalid(text, 'wrong registry')
  const name = parseImageName(isRegistry ? path.slice(slash + 1) : path)
  return { registry: isRegistry ? first : null, name, tag, digest }
}

function nameProblem(text: string): string | null {
  if (text === '') return 'it is empty'
  if (text.length > MAX_NAME_CHARS) return `it has more than ${MAX_NAME_CHARS} characters`
  if (text.includes('@')) return 'it has a digest'
  if (text.includes(':')) return 'it has a registry with a port, or a tag; both have places of their own in the config'
  if (/[A-Z]/.test(text)) return 'it has upper-case letters'
  const wrong = text.split('/').find((component) => !COMPONENT.test(component))
  if (wrong === undefined) return null
  return wrong === '' ? 'a part of it is empty' : `${JSON.stringify(wrong)} is not allowed in it`
}
