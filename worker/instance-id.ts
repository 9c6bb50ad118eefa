import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A name for this data folder, made once and kept in it. Containers and images carry it as a label, so that two
 *  installations on one engine never clean up each other's. */
export function instanceId(workFolder: string): string {
  const file = join(workFolder, 'instance')
  try {
    writeFileSync(file, randomBytes(8).toString('hex'), { flag: 'wx', mode: 0o644 })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
  return readFileSync(file, 'utf8').trim()
}
