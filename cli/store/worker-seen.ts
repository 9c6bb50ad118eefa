import { readFile } from 'node:fs/promises'
import { dataFolder } from '../../job/data-folder.ts'
import { WorkerState } from '../../job/worker-state.ts'

const SILENT_AFTER_MS = 3 * 60_000

/** What `state/worker.json` says of the worker: `silent` is one that was there and is no more. */
export type WorkerSeen =
  | { kind: 'alive' | 'silent'; state: WorkerState }
  | { kind: 'absent' }
  | { kind: 'unreadable'; because: string }

export async function workerSeen(data: string, now: Date): Promise<WorkerSeen> {
  const file = dataFolder(data).workerState
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return { kind: 'absent' }
    return { kind: 'unreadable', because: error instanceof Error ? error.message : String(error) }
  }
  const state = WorkerState.safeParse(parseJson(text))
  if (!state.success) return { kind: 'unreadable', because: `${file} does not have the shape of this version` }
  const silentMs = now.getTime() - Date.parse(state.data.seenAt)
  const isAlive = silentMs < SILENT_AFTER_MS && processLives(state.data.pid)
  return { kind: isAlive ? 'alive' : 'silent', state: state.data }
}

/** A worker that ended a moment ago is not waited for. The commands run on the worker's host. */
function processLives(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null // no JSON has no shape either
  }
}
