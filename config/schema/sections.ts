import ipaddr from 'ipaddr.js'
import { z } from 'zod'
import { Forge } from '../../job/job-file.ts'
import { Disk, Limits, StepNetwork } from './host.ts'
import { sender } from './mail-address.ts'
import { duration, glob, plainText, refuse, serverUrl } from './scalars.ts'
import { SecretRef } from './secret-ref.ts'

export const Server = z.strictObject({
  url: serverUrl.optional().meta({ description: 'Address of the dashboard, for links in mails and statuses.' }),
  trustedProxies: z
    .array(z.string().min(1).check(refuse('BAD_NETWORK', networkProblem)).meta({ title: 'IP address or network' }))
    .default([])
    .meta({ description: 'Whose `X-Forwarded-For` is believed: addresses, or networks such as `10.0.0.0/8`.' }),
})

export const Worker = z.strictObject({
  concurrency: z.int().min(1).max(64).default(2).meta({ description: 'How many runs at once.' }),
  timeout: duration.prefault('1h').meta({ description: 'Time limit of a run whose trigger names none.' }),
  stopTimeout: duration
    .prefault('30s')
    .meta({ description: 'How long running steps may take to end when the worker is stopped.' }),
  user: plainText(100).default('letterbox').meta({
    description: 'Unprivileged user for git and scripts; created where it is missing.',
  }),
  keep: z
    .strictObject({
      runs: z.int().positive().default(1000).meta({ description: 'How many finished runs are kept.' }),
      days: z.int().positive().default(90).meta({ description: 'For how many days.' }),
    })
    .prefault({})
    .meta({ description: 'What is kept of finished runs; beyond either limit they are deleted.' }),
  disk: Disk,
  limits: Limits,
  network: StepNetwork,
})

export const Registry = z.strictObject({
  address: z
    .string()
    .regex(/^[a-zA-Z0-9.-]+(?::\d{1,5})?$|^\[[0-9a-fA-F:]+\](?::\d{1,5})?$/, 'a host or host:port without scheme')
    .meta({ title: 'host:port', description: 'Host and port, without scheme: `registry.example.com:5000`.' }),
  username: z.string().min(1).max(200).optional().meta({ description: 'Login, where the registry wants one.' }),
  password: SecretRef.optional().meta({ description: 'Its password.' }),
})
export type Registry = z.output<typeof Registry>

export const Mail = z.strictObject({
  smtp: z
    .strictObject({
      url: SecretRef.meta({
        description: 'Where the address of the mail server stands: `smtp://user:password@host:587`.',
      }),
    })
    .meta({ description: 'The mail server.' }),
  from: sender.meta({ description: 'Sender, e.g. `Letterbox <ci@example.com>`.' }),
  allow: z.array(glob).default([]).meta({
    description:
      'Globs of addresses that a pusher may be mailed at. Addresses written in this file are always allowed.',
  }),
})

export const Aws = z.strictObject({
  region: plainText(100).optional().meta({ description: 'Default region. Credentials come from the SDK’s own chain.' }),
})

export const ForgeEntry = z.strictObject({
  kind: Forge.meta({ description: 'Which software runs there.' }),
  url: serverUrl.optional().meta({ description: 'Base address. Default: `https://<host>`.' }),
  api: serverUrl.optional().meta({
    description:
      'Base address of its API. Default: `https://api.github.com`, `https://api.bitbucket.org`, else `/api/v3` below `url`.',
  }),
  token: SecretRef.optional().meta({ description: 'Access token, for commit statuses and private clones.' }),
  clone: z.enum(['https', 'ssh']).default('https').meta({ description: 'How repositories are cloned.' }),
  sshKey: SecretRef.optional().meta({ description: 'Private key for `clone: ssh`.' }),
  hostKeys: z.array(z.string().min(1).max(4096)).optional().meta({
    description: 'The host’s ssh keys, as lines of known_hosts. Those of github.com and bitbucket.org are known.',
  }),
})
export type ForgeEntry = z.output<typeof ForgeEntry>

export const Web = z.strictObject({
  requests: z
    .array(z.enum(['retry', 'cancel', 'trigger', 'deploy']))
    .default([])
    .meta({ description: 'What the dashboard and the API may ask the worker for; `deploy` allows runs that deploy.' }),
})

function networkProblem(value: string): string | null {
  return ipaddr.isValid(value) || ipaddr.isValidCIDR(value) ? null : 'neither an IP address nor a network'
}
