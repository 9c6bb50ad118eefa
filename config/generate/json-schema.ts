import { z } from 'zod'
import { actions } from '../schema/steps.ts'
import { ConfigSchema } from '../schema.ts'

/** The part of JSON Schema that comes out of the config's schema. */
export type JsonSchema = {
  type?: string
  title?: string
  description?: string
  default?: unknown
  enum?: unknown[]
  const?: unknown
  pattern?: string
  minimum?: number
  maximum?: number
  properties?: Record<string, JsonSchema>
  required?: string[]
  additionalProperties?: JsonSchema | boolean
  items?: JsonSchema
  anyOf?: JsonSchema[]
}

/** JSON Schema of the config as an operator writes it. Every step of an editor's completion finds a description. */
export function configJsonSchema(): JsonSchema {
  const schema = z.toJSONSchema(ConfigSchema, { io: 'input', target: 'draft-7', reused: 'inline', override: tidy })
  return { ...(schema as JsonSchema), title: 'Letterbox configuration' }
}

/** zod's bounds of whole numbers and empty defaults tell nothing; that a step has one action only we can tell. */
function tidy({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
  delete jsonSchema.propertyNames
  if (jsonSchema.properties?.allowFailure)
    jsonSchema.oneOf = Object.keys(actions).map((action) => ({ required: [action] }))
  if (Object.keys(Object(jsonSchema.default)).length === 0 && typeof jsonSchema.default === 'object')
    delete jsonSchema.default
}
