import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { ETC } from './server-files.ts'

/** What setup has made here, oldest first: all that uninstall takes back. */
const Manifest = z.strictObject({
  version: z.literal(1),
  made: z.array(
    z.strictObject({
      kind: z.enum(['folder', 'file', 'link', 'group', 'user', 'data', 'program']),
      name: z.string().min(1),
    }),
  ),
})
export type Made = z.infer<typeof Manifest>['made'][number]

export const MANIFEST = `${ETC}/setup.json`

export function readManifest(root: string): Made[] {
  const file = join(root, MANIFEST)
  return existsSync(file) ? Manifest.parse(JSON.parse(readFileSync(file, 'utf8'))).made : []
}

/** Written after each thing, so that a setup that was cut short can be taken back too. */
export function writeManifest(root: string, made: Made[]): void {
  writeFileSync(join(root, MANIFEST), `${JSON.stringify({ version: 1, made }, null, 2)}\n`, { mode: 0o644 })
}
