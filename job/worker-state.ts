import { chmodSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import { errno } from './errno.ts'

/** Whether the barrier around the network of steps is up; `off`: not wanted; `missing`: wanted, and `why` it is not. */
export const NetworkProtection = z.strictObject({
  state: z.enum(['in-force', 'off', 'missing']),
  why: z.string().nullable(),
})
export type NetworkProtection = z.infer<typeof NetworkProtection>

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
  /** why no run starts, or nothing is taken at all: no room on a disk; null or absent: nothing is held back */
  held: z.string().nullable().optional(),
  /** of the steps' network; null or absent: not needed so far */
  network: NetworkProtection.nullable().optional(),
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

/** Null when no worker has written one, or what stands there is not of this version: nothing is known of the worker. */
export function readWorkerState(file: string): WorkerState | null {
  try {
    return WorkerState.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data ?? null
  } catch (error) {
    if (errno(error) === 'ENOENT' || error instanceof SyntaxError) return null
    throw error
  }
}

/** Replaces the file whole, so that a reader never sees half of it. @throws the system's error */
export function writeWorkerState(file: string, state: WorkerState): void {
  const unfinished = `${file}.tmp`
  writeFileSync(unfinished, `${JSON.stringify(state)}\n`, { mode: 0o644 })
  chmodSync(unfinished, 0o644) // whatever the umask: the web program reads it
  renameSync(unfinished, file)
}
