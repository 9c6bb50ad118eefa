import ipaddr from 'ipaddr.js'
import { z } from 'zod'
import { refuse, size } from './scalars.ts'

/* What Letterbox may take of the machine it runs on. */

const budget = (bytes: string, description: string) => size.prefault(bytes).meta({ description })

export const Disk = z
  .strictObject({
    mirrors: budget('10g', 'Git mirrors; those not used for longest go first.'),
    workspaces: budget(
      '10g',
      'Checkouts of runs. Those of living runs are never touched, so this is only warned about.',
    ),
    images: budget(
      '20g',
      'Images that Letterbox built. `keepImages` decides which go; beyond this it is warned about.',
    ),
    buildCache: z
      .union([size, z.literal('unlimited')])
      .prefault('10g')
      .meta({
        description:
          'Build cache of the engine, also of others who build there; what was not used for longest goes first. `unlimited` leaves it alone.',
      }),
    logs: budget('2g', 'Run logs; those of the oldest finished runs go first.'),
    rejected: budget('256m', 'Refused job files, oldest first.'),
    reserve: budget('2g', 'Free space, on each disk that is written to, below which no run starts.'),
    keepImages: z.int().min(1).max(1000).default(3).meta({
      description: 'Of how many runs of each branch (and trigger) the built images stay on the engine.',
    }),
  })
  .prefault({})
  .meta({ description: 'How much disk each kind of file may take; see docs/operating.md.' })
export type Disk = z.output<typeof Disk>

export const Limits = z
  .strictObject({
    memory: size.optional().meta({
      description: 'Memory of a step. Default: half of the engine’s machine, and never its last GiB.',
    }),
    cpus: z.number().positive().max(256).optional().meta({
      description: 'Processors of a step. Default: nine tenths of those of the engine’s machine.',
    }),
    pids: z.int().positive().default(4096).meta({ description: 'Most processes of a step at once.' }),
  })
  .prefault({})
  .meta({ description: 'Limits of each test and each classic build that names none itself.' })
export type Limits = z.output<typeof Limits>

const network = z.string().min(1).check(refuse('BAD_NETWORK', networkProblem)).meta({ title: 'IP address or network' })

export const StepNetwork = z
  .strictObject({
    protect: z.boolean().default(true).meta({
      description: 'Keeps steps on `network: bridge` away from this machine and from cloud metadata addresses.',
    }),
    allow: z.array(network).default([]).meta({
      description: 'Addresses or networks that steps may reach all the same, such as a proxy on this machine.',
    }),
    defaultBridge: z.boolean().default(false).meta({
      description:
        'Also bars the engine’s default bridge, where BuildKit builds, from the metadata addresses. All containers there lose them, others’ too.',
    }),
  })
  .prefault({})
  .meta({ description: 'What the network of steps leads to; see docs/steps.md.' })
export type StepNetwork = z.output<typeof StepNetwork>

function networkProblem(value: string): string | null {
  return ipaddr.isValid(value) || ipaddr.isValidCIDR(value) ? null : 'neither an IP address nor a network'
}
