import { createHmac, randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { errno } from '../../job/errno.ts'

/** Makes each run's canary: a secret that opens nothing, so that where it is found a real one could have been. The same
 *  for all lives of a run: what a killed worker let out is found by the next. */
export function createCanaries(workFolder: string): (runId: string) => string {
  const key = keyIn(join(workFolder, 'canary-key'))
  return (runId) => `lbx_canary_${createHmac('sha256', key).update(runId).digest('hex').slice(0, 40)}`
}

function keyIn(file: string): Buffer {
  try {
    writeFileSync(file, randomBytes(32), { flag: 'wx', mode: 0o600 })
  } catch (error) {
    if (errno(error) !== 'EEXIST') throw error
  }
  return readFileSync(file)
}
