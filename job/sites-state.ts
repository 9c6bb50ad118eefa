import { chmodSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import { errno } from './errno.ts'

const Past = z.strictObject({
  image: z.string(),
  imageId: z.string(),
  commit: z.string().nullable(),
  createdAt: z.string(),
})

/** One site, as `letterbox sites --json` prints it. Times are ISO 8601 UTC. */
export const SiteRecord = z.strictObject({
  host: z.string(),
  /** `https://…` or `http://…` */
  address: z.string(),
  /** `host/path` */
  repository: z.string(),
  ref: z.string(),
  commit: z.string().nullable(),
  /** run, or the job of a rollback, that started it */
  startedBy: z.string(),
  image: z.string(),
  imageId: z.string(),
  /** of its container, as the engine names it: `running`, `exited`, … */
  state: z.string(),
  createdAt: z.string(),
  /** null: it stays as long as its branch or tag */
  expiresAt: z.string().nullable(),
  /** bytes; null for no limit */
  memoryLimit: z.int().nullable(),
  /** bytes, when this was written; null where the engine does not say */
  memoryUsed: z.int().nullable(),
  /** images before, newest first: what a rollback goes back to */
  past: z.array(Past),
})
export type SiteRecord = z.infer<typeof SiteRecord>

/** What became of a request of the command line. */
export const SiteAnswer = z.strictObject({ job: z.string(), at: z.string(), ok: z.boolean(), message: z.string() })
export type SiteAnswer = z.infer<typeof SiteAnswer>

/** `state/sites.json`: what the web program and the commands may know of the sites. Replaced whole (rename). */
export const SitesState = z.strictObject({
  writtenAt: z.string(),
  /** when the remotes were last asked whether the refs of the sites are still there */
  reconciledAt: z.string().nullable(),
  sites: z.array(SiteRecord),
  /** newest last, bounded */
  answers: z.array(SiteAnswer),
})
export type SitesState = z.infer<typeof SitesState>

/** Null when no worker has written one, or what stands there is not of this version. */
export function readSitesState(file: string): SitesState | null {
  try {
    return SitesState.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data ?? null
  } catch (error) {
    if (errno(error) === 'ENOENT' || error instanceof SyntaxError) return null
    throw error
  }
}

/** Replaces the file whole, so that a reader never sees half of it. @throws the system's error */
export function writeSitesState(file: string, state: SitesState): void {
  const unfinished = `${file}.tmp`
  writeFileSync(unfinished, `${JSON.stringify(state)}\n`, { mode: 0o644 })
  chmodSync(unfinished, 0o644) // whatever the umask: the web program reads it
  renameSync(unfinished, file)
}
