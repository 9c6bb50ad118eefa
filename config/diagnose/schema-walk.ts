import { z } from 'zod'
import type { Path, Tree } from './source-tree.ts'
import { treeAt } from './source-tree.ts'

export type Schema = z.core.$ZodType

/** The schema that judges the value at a path: unions on the way are decided by the form of the value there. */
export function schemaAt(schema: Schema, root: Tree, path: Path): Schema | null {
  return path.reduce<Schema | null>((current, key, index) => {
    const resolved = current === null ? null : resolve(current, treeAt(root, path.slice(0, index)))
    return resolved === null ? null : inner(resolved, key)
  }, schema)
}

/** Visits every value for which the schema knows what it should be. `visit` answers whether to go inside. */
export function walkSchema(
  tree: Tree,
  schema: Schema,
  visit: (place: { tree: Tree; schema: Schema; path: Path }) => boolean,
  path: Path = [],
): void {
  if (!visit({ tree, schema, path })) return
  const resolved = resolve(schema, tree)
  if (resolved === null || tree.kind === 'scalar') return
  const children: [string | number, Tree][] =
    tree.kind === 'list' ? [...tree.items.entries()] : [...tree.entries].map(([key, { value }]) => [key, value])
  for (const [key, value] of children) {
    const next = inner(resolved, key)
    if (next) walkSchema(value, next, visit, [...path, key])
  }
}

/** Whether a value has the form (map, list or scalar) that a schema wants. */
export function fits(tree: Tree, schema: Schema): boolean {
  const wanted = resolve(schema, tree)
  if (wanted === null) return false
  if (isMapSchema(wanted)) return tree.kind === 'map'
  return wanted instanceof z.core.$ZodArray === (tree.kind === 'list') && tree.kind !== 'map'
}

/** The schemas right inside a schema, those of an object with their key. */
export function childSchemas(schema: Schema): [key: string | null, child: Schema][] {
  const plain = unwrapAll(schema)
  if (plain instanceof z.core.$ZodObject) return Object.entries(plain._zod.def.shape)
  if (plain instanceof z.core.$ZodRecord) return [[null, plain._zod.def.valueType]]
  if (plain instanceof z.core.$ZodArray) return [[null, plain._zod.def.element]]
  if (plain instanceof z.core.$ZodUnion) return plain._zod.def.options.map((option) => [null, option])
  return plain === schema ? [] : [[null, plain]]
}

/** The keys of an object schema, needed ones first; null for what is no object. */
export function keysOf(schema: Schema | null, tree: Tree): { known: string[]; needed: string[] } | null {
  const object = schema === null ? null : resolve(schema, tree)
  if (!(object instanceof z.core.$ZodObject)) return null
  const shape: Record<string, Schema> = object._zod.def.shape
  const names = Object.keys(shape)
  const needed = names.filter((name) => shape[name]?._zod.optin === undefined)
  return { known: [...needed, ...names.filter((name) => !needed.includes(name))], needed }
}

/** What the reference calls the type: `glob`, `duration`, `secret`, …; null for plain ones. */
export function titleOf(schema: Schema | null): string | null {
  return schema === null ? null : remembered(titles, schema, findTitle)
}

function findTitle(schema: Schema): string | null {
  for (let current: Schema | null = schema; current !== null; current = unwrap(current)) {
    const title = z.globalRegistry.get(current)?.title
    if (title !== undefined) return title
  }
  return null
}

/** A place for a secret reference, or for one or a list of them. */
export function isSecretPlace(schema: Schema): boolean {
  if (titleOf(schema) === 'secret') return true
  const union = unwrapAll(schema)
  return union instanceof z.core.$ZodUnion && union._zod.def.options.some((option) => titleOf(option) === 'secret')
}

function resolve(schema: Schema, tree: Tree | null): Schema | null {
  const plain = unwrapAll(schema)
  if (!(plain instanceof z.core.$ZodUnion)) return plain
  const options = plain._zod.def.options.map(unwrapAll)
  if (tree?.kind === 'list') return options.find((option) => option instanceof z.core.$ZodArray) ?? null
  if (tree?.kind === 'map') return options.find(isMapSchema) ?? null
  return options.find((option) => !isMapSchema(option) && !(option instanceof z.core.$ZodArray)) ?? null
}

function isMapSchema(schema: Schema): boolean {
  return schema instanceof z.core.$ZodObject || schema instanceof z.core.$ZodRecord
}

function inner(schema: Schema, key: string | number): Schema | null {
  if (schema instanceof z.core.$ZodObject) {
    const shape: Record<string, Schema> = schema._zod.def.shape
    return Object.hasOwn(shape, key) ? (shape[key] ?? null) : null
  }
  if (schema instanceof z.core.$ZodRecord) return schema._zod.def.valueType
  if (schema instanceof z.core.$ZodArray) return schema._zod.def.element
  return null
}

function unwrapAll(schema: Schema): Schema {
  return remembered(unwrapped, schema, (wrapped) => {
    const next = unwrap(wrapped)
    return next === null ? wrapped : unwrapAll(next)
  })
}

/* A large config asks the same of the same few schemas many thousand times. */
const titles = new WeakMap<Schema, string | null>()
const unwrapped = new WeakMap<Schema, Schema>()

function remembered<T>(memory: WeakMap<Schema, T>, schema: Schema, find: (schema: Schema) => T): T {
  const known = memory.get(schema)
  if (known !== undefined) return known
  const found = find(schema)
  memory.set(schema, found)
  return found
}

function unwrap(schema: Schema): Schema | null {
  if (schema instanceof z.core.$ZodOptional) return schema._zod.def.innerType
  if (schema instanceof z.core.$ZodDefault) return schema._zod.def.innerType
  if (schema instanceof z.core.$ZodPrefault) return schema._zod.def.innerType
  if (schema instanceof z.core.$ZodPipe) return schema._zod.def.in
  return null
}
