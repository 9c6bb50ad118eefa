import { z } from 'zod'
import { credentialsProblem, refuse } from './scalars.ts'
import { SecretRef } from './secret-ref.ts'
import { table } from './table.ts'
import { Trigger } from './trigger.ts'

export const Repository = z.strictObject({
  secret: z.union([SecretRef, z.array(SecretRef).min(1)]).meta({
    description: 'Secret of the webhook, or a list: all are valid at once while one is replaced.',
  }),
  clone: z
    .string()
    .min(1)
    .max(2000)
    .check(refuse('LITERAL_SECRET', credentialsProblem))
    .check(refuse('BAD_URL', cloneProblem))
    .optional()
    .meta({ title: 'URL', description: 'Address to clone from. Default: made of the forge’s address and the path.' }),
  sshKey: SecretRef.optional().meta({ description: 'Private key for ssh. Default: the forge’s.' }),
  submodules: z.boolean().default(false).meta({ description: 'Also checks submodules out.' }),
  lfs: z.boolean().default(false).meta({ description: 'Also fetches Git LFS files.' }),
  secrets: table(SecretRef).meta({
    title: 'secrets',
    description: 'Named secrets that steps may ask for by `secrets: [NAME]`.',
  }),
  triggers: z
    .array(Trigger)
    .min(1)
    .meta({ description: 'What to do on which event. All that match run, each as its own run.' }),
})
export type Repository = z.output<typeof Repository>

/** Only ways that carry a repository and nothing else: git also knows `ext::<command>`. */
function cloneProblem(value: string): string | null {
  if (/^(?:https?|ssh|file):\/\/[^\s-]/i.test(value) && URL.canParse(value)) return null
  if (/^[A-Za-z0-9._-]+@[A-Za-z0-9][A-Za-z0-9.-]*:[^\s-]\S*$/.test(value)) return null
  if (/^\/\S/.test(value)) return null
  return 'not an address to clone from: https://…, ssh://…, git@host:path, or an absolute path'
}
