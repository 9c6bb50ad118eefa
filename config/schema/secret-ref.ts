import { z } from 'zod'
import { environmentName } from './scalars.ts'

/** A secret is named, never written: `{ env: NAME }` or `{ file: /path }`. */
export const SecretRef = z
  .union([
    z.strictObject({
      env: environmentName.meta({ description: 'Name of the environment variable that holds the secret.' }),
    }),
    z.strictObject({
      file: z
        .string()
        .min(1)
        .max(4096)
        .meta({ title: 'path', description: 'File that holds the secret; one line end at its end is no part of it.' }),
    }),
  ])
  .meta({
    title: 'secret',
    description: 'Where the secret stands: {env: NAME} or {file: path}. Never the secret itself.',
  })
export type SecretRef = z.infer<typeof SecretRef>

/** Secrets of a step: names from the repository's `secrets`, or written in place. */
export const stepSecrets = z
  .union([z.array(z.string().min(1).max(200)), z.record(z.string().min(1).max(200), SecretRef)])
  .meta({ title: 'secrets' })
