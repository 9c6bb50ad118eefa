import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { Forge, MAX_JOB_FILE_BYTES } from '../job/job-file.ts'
import { bodyDigest } from './body-digest.ts'
import type { Log } from './log.ts'
import type { SeenDeliveries } from './seen-deliveries.ts'

type Deps = {
  spoolNew: string
  waiting(): Promise<{ id: string; bytes: number }[]>
  seen: Pick<SeenDeliveries, 'remember'>
  log: Log
}

/** The part of a job file that tells which delivery it holds. */
const WaitingDelivery = z.object({ forge: Forge, delivery: z.string(), body: z.string() })

/** Remembers the deliveries that a program before us wrote and the worker has not taken yet: nothing else knows them. */
export async function indexWaiting({ spoolNew, waiting, seen, log }: Deps): Promise<number> {
  let indexed = 0
  for (const { id, bytes } of await waiting()) {
    if (bytes > MAX_JOB_FILE_BYTES) continue
    const held = await readDelivery(join(spoolNew, `${id}.json`), log)
    if (held === null) continue
    const digest = bodyDigest(held.forge, Buffer.from(held.body, 'base64'))
    seen.remember({ forge: held.forge, delivery: held.delivery, bodyDigest: digest }, id)
    indexed += 1
  }
  return indexed
}

/** null for a request, and for what is no job file of ours: refusing those is the worker's business. */
async function readDelivery(file: string, log: Log): Promise<z.infer<typeof WaitingDelivery> | null> {
  try {
    const held = WaitingDelivery.safeParse(JSON.parse(await readFile(file, 'utf8')))
    return held.success ? held.data : null
  } catch (error) {
    const problem = error instanceof Error ? error.name : String(error)
    log.warn({ file, problem }, 'a waiting job file could not be indexed')
    return null
  }
}
