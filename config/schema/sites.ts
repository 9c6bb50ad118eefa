import { z } from 'zod'
import { duration, size } from './scalars.ts'

const label = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'one part of a host name, in lower case')

const hostName = z
  .string()
  .max(253)
  .regex(/^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]$/, 'a host name in lower case')
  .meta({ title: 'host name' })

/** What all sites share. */
export const Sites = z.strictObject({
  network: z
    .string()
    .regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,100}$/, 'a name of a network of the engine')
    .default('letterbox-proxy')
    .meta({ description: 'Network of the engine that the reverse proxy is in. Made where it is missing.' }),
  domain: hostName.optional().meta({
    description: 'Sites may only have host names below this one, e.g. `dev.example.com`. Default: no limit.',
  }),
  reserved: z.array(label).default([]).meta({
    description:
      'Parts of a host name that no branch or tag may take, beside `www`, `admin`, `mail`, `registry` and others.',
  }),
  letsencrypt: z.boolean().default(true).meta({
    description: 'Asks the proxy’s ACME companion for a certificate, and calls sites `https://`.',
  }),
  memory: size.prefault('1g').meta({ description: 'Memory limit of a site that names none.' }),
  settle: duration.prefault('5s').meta({
    description: 'How long the former and the new container both answer, so that the proxy has learnt of the new one.',
  }),
})
export type Sites = z.output<typeof Sites>
