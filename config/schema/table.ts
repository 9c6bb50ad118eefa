import { z } from 'zod'

/** A map whose keys the operator chooses. In memory it has no prototype, so that `constructor` and the like, asked for
 *  with a name out of a delivery, are simply not there. */
export function table<V extends z.ZodType>(value: V, key: z.ZodString = z.string().min(1).max(1000)) {
  return z
    .record(key, value)
    .prefault({})
    .transform((entries) => Object.assign<Record<string, z.output<V>>, object>(Object.create(null), entries))
}
