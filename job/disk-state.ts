import { chmodSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import { errno } from './errno.ts'

/** What Letterbox writes, by how it is kept within bounds. */
export const DiskClassName = z.enum(['mirrors', 'workspaces', 'images', 'buildCache', 'logs', 'rejected'])
export type DiskClassName = z.infer<typeof DiskClassName>

/** Something that a cleaning removes: a mirror, an image, the log of a run. */
const Removable = z.strictObject({
  name: z.string(),
  bytes: z.number().nonnegative(),
  /** ISO 8601: last used, or made */
  usedAt: z.string(),
})

export const DiskClassState = z.strictObject({
  name: DiskClassName,
  items: z.int().nonnegative(),
  usedBytes: z.number().nonnegative(),
  /** null: unlimited */
  budgetBytes: z.number().nonnegative().nullable(),
  /** what nothing may remove: in use, or on the keep list */
  keptBytes: z.number().nonnegative(),
  /** what would go next: what is due now, or else the oldest; at most ten */
  next: z.array(Removable).max(10),
  /** whether `next` is due now */
  due: z.boolean(),
  /** why nothing is known, such as an engine that does not answer */
  trouble: z.string().nullable(),
})
export type DiskClassState = z.infer<typeof DiskClassState>

/** `state/disk.json`: what the worker found at its last look at the disk. Replaced whole (rename). */
export const DiskState = z.strictObject({
  checkedAt: z.string(),
  tookMs: z.number().nonnegative(),
  disks: z.array(z.strictObject({ path: z.string(), freeBytes: z.number(), reserveBytes: z.number() })),
  /** why no run starts; null: nothing is held back */
  held: z.string().nullable(),
  /** removed by the last cleaning, which may have been this look */
  cleaned: z.strictObject({ at: z.string(), items: z.int().nonnegative(), bytes: z.number().nonnegative() }).nullable(),
  classes: z.array(DiskClassState),
})
export type DiskState = z.infer<typeof DiskState>

/** Null when no worker has looked yet, or another version wrote it. @throws the system's error */
export function readDiskState(file: string): DiskState | null {
  try {
    return DiskState.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data ?? null
  } catch (error) {
    if (errno(error) === 'ENOENT' || error instanceof SyntaxError) return null
    throw error
  }
}

/** @throws the system's error */
export function writeDiskState(file: string, state: DiskState): void {
  const unfinished = `${file}.tmp`
  writeFileSync(unfinished, `${JSON.stringify(state)}\n`, { mode: 0o644 })
  chmodSync(unfinished, 0o644) // whatever the umask: commands of other users read it
  renameSync(unfinished, file)
}
