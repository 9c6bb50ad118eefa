import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

const SiteRequest = z.strictObject({ kind: z.enum(['site-rollback', 'site-remove']), host: z.string(), by: z.string() })
export type SiteRequest = z.infer<typeof SiteRequest>

export type RequestFolder = {
  keep(job: string, request: SiteRequest): void
  waiting(): { job: string; request: SiteRequest }[]
  remove(job: string): void
}

/** Requests that were recorded and are not answered yet, one file each, so that a killed worker answers them at its next
 *  start. Root only, below `work/`. */
export function createRequestFolder(folder: string): RequestFolder {
  const fileOf = (job: string) => join(folder, `${job}.json`)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return {
    keep(job, request) {
      const { kind, host, by } = request
      writeFileSync(`${fileOf(job)}.tmp`, JSON.stringify({ kind, host, by }), { mode: 0o600, flush: true })
      renameSync(`${fileOf(job)}.tmp`, fileOf(job))
    },
    waiting: () =>
      readdirSync(folder)
        .filter((name) => name.endsWith('.json'))
        .sort()
        .map((name) => ({
          job: name.slice(0, -'.json'.length),
          request: SiteRequest.parse(JSON.parse(readFileSync(join(folder, name), 'utf8'))),
        })),
    remove: (job) => rmSync(fileOf(job), { force: true }),
  }
}
