import { readFile } from 'node:fs/promises'
import { dataFolder } from '../../job/data-folder.ts'
import { WorkerState } from '../../job/worker-state.ts'

const SILENT_AFTER_MS = 3 * 60_000

/** What `state/worker.json` says of the worker. */
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
  return { kind: silentMs < SILENT_AFTER_MS ? 'alive' : 'silent', state: state.data }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null // no JSON has no shape either
  }
}
