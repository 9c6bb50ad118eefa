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

const secretName = z.string().min(1).max(200).meta({ description: 'Name in the repository’s `secrets`.' })

/** Handed over as a variable of another name, or as a file. */
export const StepSecret = z
  .strictObject({
    name: secretName,
    env: environmentName
      .optional()
      .meta({ description: 'Variable that holds the secret. Default: its name. Not for builds.' }),
    file: z
      .string()
      .regex(/^\/[^\0]*[^/\0]$/, 'an absolute path of a file')
      .max(1000)
      .optional()
      .meta({
        title: 'absolute path',
        description:
          'Hands the secret over as this file instead; its path stands in the variable `NAME_FILE`. A script finds it under ' +
          'the path’s last part in a private folder.',
      }),
    id: z
      .string()
      .regex(/^[A-Za-z0-9._-]+$/, 'letters, digits, ".", "_" and "-"')
      .max(200)
      .optional()
      .meta({ description: 'For builds alone: the id of the mount. Default: its name.' }),
  })
  .meta({ title: 'step secret' })
export type StepSecret = z.output<typeof StepSecret>

/** Secrets of a step: names from the repository's `secrets`, plain or with how they are handed over; or references
 *  written in place. */
export const stepSecrets = z
  .union([z.array(z.union([secretName, StepSecret])), z.record(z.string().min(1).max(200), SecretRef)])
  .meta({ title: 'secrets' })
