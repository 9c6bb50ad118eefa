import { z } from 'zod'
import { Repository } from './schema/repository.ts'
import { Aws, ForgeEntry, Mail, Registry, Server, Web, Worker } from './schema/sections.ts'
import { Sites } from './schema/sites.ts'
import { table } from './schema/table.ts'

/* The only source of the config's shape: types are inferred, JSON Schema and docs/configuration.md are generated.
 * `z.input` is what an operator writes, `z.output` is what programs use (durations in ms, sizes in bytes, steps by action).
 * This file is the door; the parts stand in schema/. */

export { Repository } from './schema/repository.ts'
export { SecretRef, StepSecret } from './schema/secret-ref.ts'
export { ForgeEntry, Registry } from './schema/sections.ts'
export { Step, StepInput } from './schema/steps.ts'
export { Trigger } from './schema/trigger.ts'

export const ConfigSchema = z.strictObject({
  server: Server.prefault({}).meta({ description: 'The web program.' }),
  worker: Worker.prefault({}).meta({ description: 'The worker.' }),
  registries: table(Registry).meta({ description: 'Docker registries, by a name of your choice.' }),
  mail: Mail.optional().meta({ description: 'Sending mail. Without it nothing is mailed.' }),
  aws: Aws.optional().meta({ description: 'Amazon Web Services, for `deploy`.' }),
  forges: table(ForgeEntry).transform(withLowerCaseKeys).meta({
    description:
      'Git hosts, by host name (with port where it has one). github.com and bitbucket.org are known without an entry.',
  }),
  sites: Sites.prefault({}).meta({ description: 'What all `site` steps share.' }),
  web: Web.prefault({}).meta({ description: 'What people may do on the dashboard.' }),
  repositories: table(Repository).meta({
    description:
      'What to do for which repository. Keys are `host/path` or globs of it: exact before glob, then the most specific glob.',
  }),
})
/** The config as programs use it. */
export type Config = z.output<typeof ConfigSchema>
/** The config as it was written; kept as the snapshot that runs refer to. */
export type ConfigInput = z.input<typeof ConfigSchema>

/** Host names have no case; `forges[host]` finds them by their lower-case form. */
function withLowerCaseKeys<V>(forges: Record<string, V>): Record<string, V> {
  const lower: Record<string, V> = Object.create(null)
  for (const [host, entry] of Object.entries(forges)) lower[host.toLowerCase()] = entry
  return lower
}
