import { isAlias, isMap, isScalar, isSeq, type Node, type Pair, type Scalar, type YAMLMap, type YAMLSeq } from 'yaml'
import type { Problem } from './problem.ts'
import type { Path, Span, Tree } from './source-tree.ts'

const MAX_DEPTH = 50
/** Nodes that may come out of aliases: a config that repeats itself needs some thousands, a bomb needs millions. */
const MAX_ALIASED_NODES = 50_000
const CORE_TAG = /^tag:yaml\.org,2002:(?:str|int|float|bool|null|map|seq)$/

/** Turns the nodes of one YAML document into a tree, and tells what cannot be one. Used once. */
export class YamlTreeBuilder {
  readonly problems: Problem[] = []
  readonly #text: string
  readonly #anchors = new Map<string, Node>()
  readonly #open = new Set<Node>()
  #insideAlias = 0
  #aliasedNodes = 0
  #depth = 0

  constructor(text: string) {
    this.#text = text
  }

  build(node: unknown): Tree {
    return this.#tree(node, [])
  }

  #tree(value: unknown, path: Path): Tree {
    if (isAlias(value)) return this.#aliased(value, path)
    if (!isScalar(value) && !isMap(value) && !isSeq(value)) return nothingAt({ from: 0, to: 0 })
    const span = spanOf(value)
    if (!this.#mayEnter(value, span, path)) return nothingAt(span)
    this.#remember(value)
    this.#checkTag(value, span, path)
    if (isScalar(value)) return scalarTree(value, span, this.#text)
    this.#open.add(value)
    this.#depth += 1
    const tree = isSeq(value) ? this.#list(value, span, path) : this.#map(value, span, path)
    this.#depth -= 1
    this.#open.delete(value)
    return tree
  }

  #list(list: YAMLSeq, span: Span, path: Path): Tree {
    return { kind: 'list', span, items: list.items.map((item, index) => this.#tree(item, [...path, index])) }
  }

  #map(map: YAMLMap, span: Span, path: Path): Tree {
    const tree: Extract<Tree, { kind: 'map' }> = { kind: 'map', span, entries: new Map() }
    const merged: Tree[] = []
    for (const pair of map.items) {
      const key = this.#key(pair, span, path)
      if (key === null) continue
      const value = pair.value === null ? nothingAt(key.span) : this.#tree(pair.value, [...path, key.text])
      if (key.text === '<<' && key.plain) merged.push(value)
      else if (key.text === '__proto__')
        this.#refuse('RESERVED_KEY', key.span, path, 'a key cannot be called __proto__')
      else if (!tree.entries.has(key.text)) tree.entries.set(key.text, { keySpan: key.span, value })
      else this.#refuse('DUPLICATE_KEY', key.span, path, 'this key stands here for the second time')
    }
    for (const value of merged) this.#merge(tree, value, path)
    return tree
  }

  /** `<<: *base` adds what the map does not say itself. */
  #merge(into: Extract<Tree, { kind: 'map' }>, from: Tree, path: Path): void {
    if (from.kind === 'list') for (const item of from.items) this.#merge(into, item, path)
    else if (from.kind === 'scalar') this.#refuse('WRONG_TYPE', from.span, path, '<< takes a map, or a list of maps')
    else for (const [key, entry] of from.entries) if (!into.entries.has(key)) into.entries.set(key, entry)
  }

  #key(pair: Pair, mapSpan: Span, path: Path): { text: string; span: Span; plain: boolean } | null {
    const key = isAlias(pair.key) ? this.#anchors.get(pair.key.source) : pair.key
    if (isScalar(key)) {
      this.#remember(key)
      const text = typeof key.value === 'string' ? key.value : (key.source ?? String(key.value))
      return { text, span: spanOf(key), plain: key.type === 'PLAIN' }
    }
    this.#refuse('YAML_KEY', mapSpan, path, 'a key must be plain text')
    return null
  }

  #aliased(alias: { source: string; range?: Node['range'] | undefined }, path: Path): Tree {
    const span = spanOf(alias)
    const target = this.#anchors.get(alias.source)
    if (target === undefined || this.#open.has(target)) {
      const problem =
        target === undefined ? 'no anchor of this name stands before it' : 'it stands inside its own anchor'
      this.#refuse('YAML_ALIAS', span, path, `an alias (a value that begins with *): ${problem}`)
      return nothingAt(span)
    }
    this.#insideAlias += 1
    const tree = this.#tree(target, path)
    this.#insideAlias -= 1
    return tree
  }

  #mayEnter(_node: Node, span: Span, path: Path): boolean {
    if (this.#depth >= MAX_DEPTH) {
      this.#refuseOnce('YAML_TOO_MUCH', span, path, `nested deeper than ${MAX_DEPTH}`)
      return false
    }
    if (this.#insideAlias > 0) this.#aliasedNodes += 1
    if (this.#aliasedNodes <= MAX_ALIASED_NODES) return true
    this.#refuseOnce('YAML_TOO_MUCH', span, path, `aliases multiply into more than ${MAX_ALIASED_NODES} values`)
    return false
  }

  /** An alias stands for the last anchor of that name before it, in the order of the text. */
  #remember(node: Scalar | YAMLMap | YAMLSeq): void {
    if (this.#insideAlias === 0 && node.anchor) this.#anchors.set(node.anchor, node)
  }

  #checkTag(node: Scalar | YAMLMap | YAMLSeq, span: Span, path: Path): void {
    if (node.tag === undefined || node.tag === '!' || CORE_TAG.test(node.tag) || this.#insideAlias > 0) return
    this.#refuse('YAML_TAG', tagSpan(this.#text, span), path, 'a YAML tag that means nothing here')
  }

  #refuseOnce(code: Problem['code'], span: Span, path: Path, message: string): void {
    if (!this.problems.some((problem) => problem.message === message)) this.#refuse(code, span, path, message)
  }

  #refuse(code: Problem['code'], span: Span, path: Path, message: string): void {
    this.problems.push({ code, span, path, message })
  }
}

function scalarTree(scalar: Scalar, span: Span, text: string): Tree {
  const { value } = scalar
  const plain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' || value === null
  return { kind: 'scalar', span, value: plain ? value : String(value), source: text.slice(span.from, span.to) }
}

function nothingAt(span: Span): Tree {
  return { kind: 'scalar', span, value: null, source: '' }
}

function spanOf(node: { range?: Node['range'] | undefined }): Span {
  const [from, to] = node.range ?? [0, 0, 0]
  return { from, to }
}

/** A tag stands before its value, or in its place. */
function tagSpan(text: string, value: Span): Span {
  const last = text.lastIndexOf('!', value.from)
  if (last === -1) return value
  const from = text[last - 1] === '!' ? last - 1 : last
  return { from, to: from + (/^!+[^\s,[\]{}]*/.exec(text.slice(from, from + 500))?.[0].length ?? 1) }
}
