import { z } from 'zod'

const line = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[^\r\n\0]*$/, 'more than one line')

/** A mail as it waits in the outbox, to exactly one recipient. The run log is no part of it: the mailer attaches it
 *  when the mail leaves. Read back with this schema, because an older Letterbox may have written it. */
export const ComposedMail = z.strictObject({
  id: line(200),
  run: line(100),
  from: z.strictObject({ name: z.string().regex(/^[^\r\n\0]*$/), address: line(254) }),
  to: line(254),
  subject: line(300),
  /** with its angle brackets; the same however often the mail is sent */
  messageId: line(400),
  /** root of the thread of this repository and ref */
  thread: line(400),
  /** ISO 8601: when the run ended, and since when the mail waits */
  date: z.iso.datetime(),
  headers: z.record(z.string().regex(/^[A-Za-z][A-Za-z-]*$/), line(500)),
  text: z.string(),
  html: z.string(),
  /** the run log is attached under this file name, its lines marked with the steps' names */
  attachment: z.strictObject({ name: line(100), title: line(500), steps: z.array(z.string()) }),
})
export type ComposedMail = z.infer<typeof ComposedMail>
