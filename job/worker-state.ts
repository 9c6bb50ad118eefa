import { z } from 'zod'

/** `state/worker.json`: what the web program and the commands may know of the worker. Replaced whole (rename). */
export const WorkerState = z.strictObject({
  version: z.string(),
  pid: z.int(),
  aliveSince: z.string(),
  /** renewed at least every minute; older than three minutes means: not alive */
  seenAt: z.string(),
  /** runs */
  queued: z.int().nonnegative(),
  running: z.int().nonnegative(),
  /** mails that wait to be sent */
  outbox: z.int().nonnegative(),
  config: z.strictObject({
    file: z.string(),
    /** digest of the active snapshot */
    active: z.string(),
    loadedAt: z.string(),
    /** the diagnostics, as text for people, of a newer file that was refused; null when the file is the active one */
    refused: z.string().nullable(),
  }),
})
export type WorkerState = z.infer<typeof WorkerState>
