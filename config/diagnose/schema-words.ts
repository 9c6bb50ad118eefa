import { z } from 'zod'
import { childSchemas, type Schema } from './schema-walk.ts'

const known = new WeakMap<Schema, Set<string>>()

/** All keys and fixed values that a schema knows: what may be shown of a text that cannot be read. */
export function schemaWords(schema: Schema): Set<string> {
  const remembered = known.get(schema)
  if (remembered) return remembered
  const words = new Set(['true', 'false', 'null', 'pusher', 'github.com', 'bitbucket.org', '<<', '---'])
  collect(schema, words, new Set())
  known.set(schema, words)
  return words
}

function collect(schema: Schema, words: Set<string>, seen: Set<Schema>): void {
  if (seen.has(schema)) return
  seen.add(schema)
  if (schema instanceof z.core.$ZodEnum || schema instanceof z.core.$ZodLiteral) {
    for (const value of schema._zod.values) words.add(String(value))
  }
  for (const [key, child] of childSchemas(schema)) {
    if (key !== null) words.add(key)
    collect(child, words, seen)
  }
}
