import { ConfigSchema } from '../schema.ts'
import { didYouMean } from './did-you-mean.ts'
import type { Problem } from './problem.ts'
import { fits, isSecretPlace, keysOf, type Schema, titleOf, walkSchema } from './schema-walk.ts'
import { firstToken, type Path, type Span, type Tree } from './source-tree.ts'

const REFERENCE_KEYS = ['env', 'file']
const ENVIRONMENT_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

export type SecretPlaces = {
  problems: Problem[]
  /** what must never be shown */
  masks: Span[]
  /** paths of all places that were judged here, so that nobody else speaks of them */
  paths: Path[]
}

/** Judges every place where a secret reference belongs. What stands there instead may be the secret itself, so none of
 *  it is told: only what is surely a name or a path of a reference is. */
export function judgeSecretPlaces(root: Tree): SecretPlaces {
  const places: SecretPlaces = { problems: [], masks: [], paths: [] }
  walkSchema(root, ConfigSchema, ({ tree, schema, path }) => {
    if (titleOf(schema) === 'secrets') maskUnlikelyNames(tree, places)
    if (!fits(tree, schema)) maskValues(tree, places)
    maskBelowUnknownKeys(tree, schema, places)
    if (!isSecretPlace(schema)) return true
    places.paths.push(path)
    judge(tree, path, acceptsList(path), places)
    return false
  })
  return places
}

/** Only the webhook secret may be a list. */
function acceptsList(path: Path): boolean {
  return path.length === 3 && path[0] === 'repositories' && path[2] === 'secret'
}

function judge(tree: Tree, path: Path, listAllowed: boolean, places: SecretPlaces): void {
  if (tree.kind === 'map') judgeReference(tree, path, places)
  else if (tree.kind === 'scalar') judgeScalar(tree, path, places)
  else if (listAllowed) judgeList(tree, path, places)
  else {
    maskAll(tree, places)
    const message = 'one secret reference is wanted here, not a list'
    places.problems.push({ code: 'WRONG_TYPE', path, span: firstToken(tree), message })
  }
}

function judgeList(list: Extract<Tree, { kind: 'list' }>, path: Path, places: SecretPlaces): void {
  for (const [index, item] of list.items.entries()) judge(item, [...path, index], false, places)
  if (list.items.length > 0) return
  places.problems.push({ code: 'EMPTY_SECRET', path, span: list.span, message: 'the list of secrets is empty' })
}

function judgeScalar(tree: Extract<Tree, { kind: 'scalar' }>, path: Path, places: SecretPlaces): void {
  if (tree.value === null || String(tree.value).trim() === '') {
    // `secrets: { hunter2 }` is a map with the key hunter2.
    const place = path.at(-2) === 'secrets' && !isSurelyAName(path.at(-1)) ? path.slice(0, -1) : path
    const message = 'a secret reference without a value'
    places.problems.push({ code: 'EMPTY_SECRET', path: place, span: tree.span, message })
    return
  }
  places.masks.push(tree.span)
  places.problems.push(literal(tree.span, path))
}

function judgeReference(tree: Extract<Tree, { kind: 'map' }>, path: Path, places: SecretPlaces): void {
  const keys = [...tree.entries.keys()]
  if (keys.length === 0) {
    places.problems.push({ code: 'EMPTY_SECRET', path, span: tree.span, message: 'an empty secret reference' })
    return
  }
  for (const [key, entry] of tree.entries) {
    if (key === 'env') judgeName(entry.value, [...path, key], places)
    else if (key === 'file') judgePath(entry.value, [...path, key], places)
    else judgeOtherKey(key, entry.keySpan, entry.value, path, places)
  }
  const second = keys.filter((key) => REFERENCE_KEYS.includes(key))[1]
  const span = second === undefined ? undefined : tree.entries.get(second)?.keySpan
  if (span) {
    places.problems.push({
      code: 'UNKNOWN_KEY',
      path,
      span,
      message: 'a secret stands in one place: env or file, not both',
    })
  }
}

function judgeName(value: Tree, path: Path, places: SecretPlaces): void {
  if (isEmpty(value)) {
    places.problems.push({ code: 'EMPTY_SECRET', path, span: value.span, message: 'env names no variable' })
  } else if (value.kind !== 'scalar' || !ENVIRONMENT_NAME.test(String(value.value))) {
    maskAll(value, places)
    places.problems.push({
      ...literal(firstToken(value), path),
      message: 'env takes the name of an environment variable, and this is none',
    })
  }
}

function judgePath(value: Tree, path: Path, places: SecretPlaces): void {
  if (isEmpty(value)) {
    places.problems.push({ code: 'EMPTY_SECRET', path, span: value.span, message: 'file names no file' })
  } else if (value.kind !== 'scalar' || typeof value.value !== 'string' || /[\n\0]/.test(value.value)) {
    maskAll(value, places)
    places.problems.push({
      ...literal(firstToken(value), path),
      message: 'file takes the path of a file, and this is none',
    })
  }
}

/** `{ hunter2 }` is a map with the key hunter2: only a key that is nearly env or file is surely no secret. */
function judgeOtherKey(key: string, keySpan: Span, value: Tree, path: Path, places: SecretPlaces): void {
  maskAll(value, places)
  const meant = didYouMean(key, REFERENCE_KEYS)
  if (meant === null) {
    places.masks.push(keySpan)
    places.problems.push(literal(keySpan, path))
  } else {
    places.problems.push({
      code: 'UNKNOWN_KEY',
      path,
      span: keySpan,
      message: `unknown key "${key}"; known: env, file`,
      note: 'known: env, file',
      didYouMean: meant,
    })
  }
}

function literal(span: Span, path: Path): Problem {
  return { code: 'LITERAL_SECRET', path, span, message: 'a secret reference is wanted here, never the secret itself' }
}

/** Below a key that nobody knows anything may stand, also what belongs below its well-written neighbour. */
function maskBelowUnknownKeys(tree: Tree, schema: Schema, places: SecretPlaces): void {
  const known = tree.kind === 'map' ? keysOf(schema, tree)?.known : undefined
  if (tree.kind !== 'map' || known === undefined) return
  for (const [key, { value }] of tree.entries) {
    if (known.includes(key)) continue
    const meant = didYouMean(key, known)
    const harmless = value.kind === 'scalar' && meant !== null && !isSecretKey(meant)
    if (!harmless) maskValues(value, places)
  }
}

function isSecretKey(key: string): boolean {
  return ['secret', 'secrets', 'password', 'token', 'sshKey', 'url', 'clone', 'smtp'].includes(key)
}

function maskValues(tree: Tree, places: SecretPlaces): void {
  if (tree.kind === 'scalar') places.masks.push(tree.span)
  else if (tree.kind === 'list') for (const item of tree.items) maskValues(item, places)
  else for (const { value } of tree.entries.values()) maskValues(value, places)
}

/** Where names of secrets belong, people also write the secret; NPM_TOKEN is surely none. */
function maskUnlikelyNames(tree: Tree, places: SecretPlaces): void {
  for (const item of tree.kind === 'list' ? tree.items : [tree]) {
    const name = item.kind === 'map' ? item.entries.get('name')?.value : item
    if (name?.kind === 'scalar' && !isSurelyAName(name.value)) places.masks.push(name.span)
  }
}

function isSurelyAName(value: unknown): boolean {
  return /^[A-Z][A-Z0-9_]*$/.test(String(value))
}

function isEmpty(tree: Tree): boolean {
  return tree.kind === 'scalar' && (tree.value === null || String(tree.value).trim() === '')
}

function maskAll(tree: Tree, places: SecretPlaces): void {
  if (tree.kind === 'scalar') places.masks.push(tree.span)
  else if (tree.kind === 'list') for (const item of tree.items) maskAll(item, places)
  else {
    for (const { keySpan, value } of tree.entries.values()) {
      places.masks.push(keySpan)
      maskAll(value, places)
    }
  }
}
