import type { StatsFs } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { type Check, ok, warn } from './check.ts'

const NAME = 'disk'
const GIB = 1024 ** 3
const LEAST_BYTES = 5 * GIB
const LEAST_SHARE = 0.1

/** Room on the disk of the data folder (or of the folder in which it will be made). */
export async function checkDisk(data: string): Promise<Check> {
  const { bavail, blocks, bsize } = await statfsOfNearest(resolve(data))
  const free = bavail * bsize
  const share = blocks === 0 ? 0 : bavail / blocks
  const message = `${(free / GIB).toFixed(1)} GiB free (${Math.floor(share * 100)} %) at ${data}`
  if (free >= LEAST_BYTES && share >= LEAST_SHARE) return ok(NAME, message)
  return warn(
    NAME,
    message,
    "'letterbox disk' shows what takes it; lower the budgets of worker.disk, or give the machine a larger disk.",
  )
}

async function statfsOfNearest(folder: string): Promise<StatsFs> {
  try {
    return await statfs(folder)
  } catch (error) {
    if (dirname(folder) === folder) throw error
    return statfsOfNearest(dirname(folder)) // not made yet: its parent's disk will hold it
  }
}
