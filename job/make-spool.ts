import { mkdirSync } from 'node:fs'
import type { DataFolder } from './data-folder.ts'

/** The worker makes the spool with the right owner; this is for the one who starts the web program first. Returns why it
 *  could not be made; null when it is there. */
export function makeSpool(folder: DataFolder): unknown {
  try {
    // open to pass through, as the worker would make it: its unprivileged git user must get to work/
    mkdirSync(folder.spool, { recursive: true, mode: 0o755 })
    for (const path of [folder.spoolTmp, folder.spoolNew]) mkdirSync(path, { recursive: true, mode: 0o770 })
    return null
  } catch (error) {
    return error
  }
}
