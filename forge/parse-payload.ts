import type { z } from 'zod'
import { DeliveryMalformed } from './delivery-malformed.ts'

/** The part of a payload that we read, with the types the forge documents.
 *  @throws DeliveryMalformed naming the field, never its value */
export function parsePayload<Schema extends z.ZodType>(schema: Schema, payload: unknown): z.output<Schema> {
  const result = schema.safeParse(payload)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const field = issue?.path.join('.') || 'the payload'
  throw new DeliveryMalformed(`${field} is not as the forge documents it (${issue?.code ?? 'unknown'})`)
}
