import type { JsonSchema } from './json-schema.ts'

export type ReferenceRow = { key: string; type: string; default: string; description: string }

/** One row for every key below an object schema, nested ones with their whole path. Steps have sections of their own. */
export function rowsOf(schema: JsonSchema, prefix: string): ReferenceRow[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const key = prefix === '' ? name : `${prefix}.${name}`
    const needed = schema.required?.includes(name) ?? false
    const row = {
      key,
      type: typeOf(property),
      default: defaultOf(property, needed),
      description: property.description ?? '',
    }
    return [row, ...below(property, key)]
  })
}

function below(property: JsonSchema, key: string): ReferenceRow[] {
  if (property.properties) return rowsOf(property, key)
  const items = property.items
  // A list of steps is told in "Steps".
  if (items?.properties && !items.properties.allowFailure) return rowsOf(items, `${key}[]`)
  return []
}

/** The type in the words of the reference. */
function typeOf(schema: JsonSchema): string {
  if (schema.enum) return schema.enum.map((value) => `\`${String(value)}\``).join(', ')
  if (schema.const !== undefined) return `\`${String(schema.const)}\``
  if (schema.title === 'secrets' || schema.title === 'secret') return secretType(schema)
  if (schema.anyOf) return [...new Set(schema.anyOf.map(typeOf))].join(' or ')
  if (schema.title) return schema.title
  if (schema.type === 'array') return schema.items?.properties ? 'list' : `list of ${typeOf(schema.items ?? {})}`
  if (schema.type === 'object') return objectType(schema)
  if (schema.type === 'integer' || schema.type === 'number') return numberType(schema)
  return schema.type === 'boolean' ? '`true` or `false`' : 'text'
}

function secretType(schema: JsonSchema): string {
  if (schema.title === 'secret') return 'secret'
  return schema.anyOf ? 'list of names or of `{name, …}`, or map of name to secret' : 'map of name to secret'
}

function objectType(schema: JsonSchema): string {
  if (schema.properties) return schema.properties.env && schema.required?.includes('env') ? 'secret' : 'map'
  return typeof schema.additionalProperties === 'object'
    ? `map of name to ${typeOf(schema.additionalProperties)}`
    : 'map'
}

function numberType(schema: JsonSchema): string {
  const word = schema.type === 'integer' ? 'whole number' : 'number'
  if (schema.minimum !== undefined && schema.maximum !== undefined)
    return `${word}, ${schema.minimum} to ${schema.maximum}`
  return schema.maximum === undefined ? word : `${word}, at most ${schema.maximum}`
}

function defaultOf(schema: JsonSchema, needed: boolean): string {
  if (needed) return '**needed**'
  return schema.default === undefined ? '' : `\`${String(schema.default)}\``
}
