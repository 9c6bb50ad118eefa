import { z } from 'zod'

/** What the audit log tells of: what was asked of Letterbox, what it refused, and what it let out of the house. */
export const AuditAction = z.enum([
  /** a job file that the worker did not take */
  'refused',
  /** a delivery that was here before */
  'repeated',
  /** a delivery or a person started runs */
  'triggered',
  'retried',
  'canceled',
  'deployed',
  /** a person asked to roll a site back or to take it down */
  'site-changed',
  /** a step ran without its secrets, because the sender is not trusted with them */
  'secrets-withheld',
  /** a secret was found where it does not belong */
  'secret-leaked',
  /** the disk, because somebody asked for it */
  'cleaned',
])
export type AuditAction = z.infer<typeof AuditAction>

/** One line of the audit log. Holds no secret and no text of a payload beyond names. */
export const AuditEntry = z.strictObject({
  /** ISO 8601 */
  at: z.string(),
  action: AuditAction,
  /** who: the signed sender's login, or who asked, as the asking program knows; null where nobody is known */
  by: z.string().nullable(),
  /** from where: `webhook`, `poll`, `api`, `cli`, `schedule`; null where the file says nothing that can be believed */
  source: z.string().nullable(),
  /** `host/path` */
  repository: z.string().nullable(),
  run: z.string().nullable(),
  /** id of the job file, or its name where it had no id */
  job: z.string().nullable(),
  /** what exactly, in one line */
  detail: z.string(),
})
export type AuditEntry = z.infer<typeof AuditEntry>

export type AuditFilter = {
  action?: AuditAction | undefined
  repository?: string | undefined
  by?: string | undefined
  limit?: number | undefined
}
