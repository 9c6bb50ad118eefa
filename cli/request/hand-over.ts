import { existsSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { dataFolder } from '../../job/data-folder.ts'
import type { RequestJob } from '../../job/job-file.ts'
import { openSpool } from '../../job/spool.ts'
import type { JobRecord } from '../../job/store-port.ts'
import { withStore } from '../store/open-store.ts'
import { type WorkerSeen, workerSeen } from '../store/worker-seen.ts'

const PATIENCE_MS = 10_000
const POLL_MS = 100

/** `recorded`: the worker has taken the job file and says what it made of it. `kept`: it has not, the file waits. */
export type Answer = { kind: 'recorded'; record: JobRecord } | { kind: 'kept'; worker: WorkerSeen }

/** Puts a request on the spool and, if wanted, waits until the worker has recorded it. */
export async function handOver(job: RequestJob, options: { data: string; wait: boolean; now(): Date }): Promise<Answer> {
  const { data, wait, now } = options
  await openSpool(dataFolder(data)).put(job)
  const worker = await workerSeen(data, now())
  if (!wait || worker.kind !== 'alive') return { kind: 'kept', worker }
  const record = await recordOf(job.id, data)
  return record === null ? { kind: 'kept', worker } : { kind: 'recorded', record }
}

async function recordOf(id: string, data: string): Promise<JobRecord | null> {
  const deadline = performance.now() + PATIENCE_MS
  const store = dataFolder(data).store
  while (performance.now() < deadline) {
    const record = existsSync(store) ? await withStore(data, (store) => store.job(id)) : null
    if (record !== null) return record
    await setTimeout(POLL_MS)
  }
  return null
}
