/** 0-based offsets into the text, `to` not included. */
export type Span = { from: number; to: number }
export type Path = (string | number)[]

/** A value of the config together with where it stands. What came through an alias stands at its anchor. */
export type Tree =
  | { kind: 'map'; span: Span; entries: Map<string, { keySpan: Span; value: Tree }> }
  | { kind: 'list'; span: Span; items: Tree[] }
  | { kind: 'scalar'; span: Span; value: string | number | boolean | null; source: string }

/** The plain value, for zod and JSON. Maps have no prototype. */
export function plainValue(tree: Tree): unknown {
  if (tree.kind === 'scalar') return tree.value
  if (tree.kind === 'list') return tree.items.map(plainValue)
  const plain: Record<string, unknown> = Object.create(null)
  for (const [key, { value }] of tree.entries) plain[key] = plainValue(value)
  return plain
}

/** What stands under a key or at an index; null when nothing does. */
export function child(tree: Tree | null, key: string | number): Tree | null {
  if (tree?.kind === 'map') return tree.entries.get(String(key))?.value ?? null
  if (tree?.kind === 'list' && typeof key === 'number') return tree.items[key] ?? null
  return null
}

export function treeAt(root: Tree, path: Path): Tree | null {
  return path.reduce<Tree | null>(child, root)
}

export function text(tree: Tree | null): string | null {
  return tree?.kind === 'scalar' && typeof tree.value === 'string' ? tree.value : null
}

export function entries(tree: Tree | null): [string, { keySpan: Span; value: Tree }][] {
  return tree?.kind === 'map' ? [...tree.entries] : []
}

export function items(tree: Tree | null): Tree[] {
  return tree?.kind === 'list' ? tree.items : []
}

/** The key under which the value at `path` stands; for an item of a list that of the list; else the value itself. */
export function keySpanAt(root: Tree, path: Path): Span {
  for (let length = path.length; length > 0; length -= 1) {
    const parent = treeAt(root, path.slice(0, length - 1))
    const key = path[length - 1]
    if (parent?.kind === 'map' && key !== undefined) {
      const entry = parent.entries.get(String(key))
      if (entry) return entry.keySpan
    }
  }
  return firstToken(root)
}

/** What is marked for a whole value: a scalar itself; of a map its first key, of a list its first item. */
export function firstToken(tree: Tree): Span {
  if (tree.kind === 'map') return [...tree.entries.values()][0]?.keySpan ?? tree.span
  if (tree.kind === 'list' && tree.items[0]) return firstToken(tree.items[0])
  return tree.span
}
