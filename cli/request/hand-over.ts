import { existsSync, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { z } from 'zod'
import { type DataFolder, dataFolder } from '../../job/data-folder.ts'
import type { RequestJob } from '../../job/job-file.ts'
import { LetterboxError } from '../../job/letterbox-error.ts'
import { openSpool } from '../../job/spool.ts'
import type { JobRecord } from '../../job/store-port.ts'
import { withStore } from '../store/open-store.ts'
import { type WorkerSeen, workerSeen } from '../store/worker-seen.ts'

const PATIENCE_MS = 10_000
const POLL_MS = 100

/** `recorded`: the worker has taken the job file and says what it made of it. `refused`: it lies in `rejected/`.
 *  `kept`: it has not been taken yet, the file waits. */
export type Answer =
  | { kind: 'recorded'; record: JobRecord }
  | { kind: 'refused'; message: string }
  | { kind: 'kept'; worker: WorkerSeen }

/** Puts a request on the spool and, if wanted and the worker lives, waits for what it says.
 *  @throws NotTheWorkersUser, SpoolUnwritable, SpoolFull */
export async function handOver(
  job: RequestJob,
  options: { data: string; wait: boolean; now(): Date },
): Promise<Answer> {
  const { data, wait, now } = options
  const folder = dataFolder(data)
  requireWorkersUser(folder)
  await openSpool(folder).put(job)
  const worker = await workerSeen(data, now())
  if (!wait || worker.kind !== 'alive') return { kind: 'kept', worker }
  const deadline = performance.now() + PATIENCE_MS
  while (performance.now() < deadline) {
    const answer = (await recorded(job.id, data)) ?? (await refused(job.id, folder))
    if (answer !== null) return answer
    await setTimeout(POLL_MS)
  }
  return { kind: 'kept', worker }
}

/** The worker knows requests of the command line by the owner of their file: why write one that it will refuse? */
function requireWorkersUser({ spool }: DataFolder): void {
  const worker = statSync(spool, { throwIfNoEntry: false })?.uid
  const own = process.getuid?.()
  if (worker !== undefined && own !== undefined && worker !== own) throw new NotTheWorkersUser(own, worker)
}

class NotTheWorkersUser extends LetterboxError {
  readonly code = 'NOT_THE_WORKERS_USER'
  readonly fault = 'theirs'

  constructor(own: number, worker: number) {
    super(`User ${own} may not ask the worker, which runs as user ${worker}, for anything.`, {
      hint: worker === 0 ? 'Call the command with sudo.' : `Call the command as user ${worker}.`,
    })
  }
}

async function recorded(id: string, data: string): Promise<Answer | null> {
  if (!existsSync(dataFolder(data).store)) return null
  const record = await withStore(data, (store) => store.job(id))
  return record === null ? null : { kind: 'recorded', record }
}

const Reason = z.object({ message: z.string() })

async function refused(id: string, { rejected }: DataFolder): Promise<Answer | null> {
  const file = join(rejected, `${id}.reason.json`)
  if (!existsSync(file)) return null
  const reason = Reason.safeParse(parseJson(await readFile(file, 'utf8')))
  return reason.success ? { kind: 'refused', message: reason.data.message } : null // half-written: looked at again
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
