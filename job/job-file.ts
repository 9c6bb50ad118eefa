import { z } from 'zod'
import { Event } from './event.ts'

/** A job file over this size (bytes) is refused unread. A body of 25 MiB, the most that a forge sends, takes 33.4 MiB as
 *  base64; its events come on top. */
export const MAX_JOB_FILE_BYTES = 40 * 1024 * 1024

export const Forge = z.enum(['github', 'bitbucket', 'bitbucket-server', 'gitea', 'gitlab'])
export type Forge = z.infer<typeof Forge>

/** Crockford base32, 26 characters, upper case. @see https://github.com/ulid/spec */
export const JobId = z.string().regex(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/, 'not a ULID')

const common = {
  version: z.literal(1),
  id: JobId,
  receivedAt: z.iso.datetime(),
}

/** A signed delivery, with the raw body so that the worker can verify it again. */
export const DeliveryJob = z.strictObject({
  ...common,
  source: z.enum(['webhook', 'poll']),
  forge: Forge,
  /** the forge's own delivery id; not signed, so never trusted for more than deduplication */
  delivery: z.string().min(1).max(200),
  /** lower-case names; only those needed to verify and read */
  headers: z.record(z.string().max(100), z.string().max(1000)),
  /** raw body, base64 */
  body: z.base64(),
  events: z.array(Event).min(1).max(1000),
})
export type DeliveryJob = z.infer<typeof DeliveryJob>

const by = z.string().min(1).max(200)
const siteHost = z.string().regex(/^[a-z0-9.-]{1,253}$/)

/** What a person asks for. `by` says who, as far as the asking program knows. */
export const Request = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('trigger'),
    by,
    /** `host/path` */
    repository: z.string().min(1).max(1300),
    branch: z.string().min(1).max(1000).nullable(),
    tag: z.string().min(1).max(1000).nullable(),
    commit: z
      .string()
      .regex(/^[0-9a-f]{40}$/)
      .nullable(),
    /** a deploy may go back to an older commit than the one that is live */
    rollback: z.boolean().optional(),
  }),
  z.strictObject({
    kind: z.literal('retry'),
    by,
    run: z.string().min(1).max(64),
    /** the first step to run again, counted from 1; the ones before it are taken from the earlier run. Default: all run */
    from: z.int().positive().max(1000).nullable().optional(),
    /** with the trigger of the same name in the config in force. Default: with the config as it was then */
    currentConfig: z.boolean().optional(),
  }),
  z.strictObject({ kind: z.literal('cancel'), by, run: z.string().min(1).max(64) }),
  z.strictObject({ kind: z.literal('clean'), by }),
  z.strictObject({ kind: z.literal('site-rollback'), by, host: siteHost }),
  z.strictObject({ kind: z.literal('site-remove'), by, host: siteHost }),
])
export type Request = z.infer<typeof Request>

/** A request from the command line (`cli`, root's own), the dashboard or API (`api`), or the clock (`schedule`). */
export const RequestJob = z.strictObject({
  ...common,
  source: z.enum(['api', 'cli', 'schedule']),
  forge: z.null(),
  delivery: z.null(),
  headers: z.record(z.string(), z.string()).refine((h) => Object.keys(h).length === 0, 'a request has no headers'),
  body: z.null(),
  events: z.array(Event).max(0),
  request: Request,
})
export type RequestJob = z.infer<typeof RequestJob>

/** Job file, version 1: what crosses the hatch (`spool/new/<id>.json`). */
export const JobFile = z.union([DeliveryJob, RequestJob])
export type JobFile = z.infer<typeof JobFile>
