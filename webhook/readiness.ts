import { constants } from 'node:fs'
import { access, readFile } from 'node:fs/promises'
import type { DataFolder } from '../job/data-folder.ts'
import { errno } from '../job/errno.ts'
import { readWorkerState, WorkerState } from '../job/worker-state.ts'

type Check = { ok: boolean; why: string | null }

/** What `/readyz` says. It is read without a login: no names of repositories, variables or files. */
export type Readiness = {
  ready: boolean
  /** deliveries can be written */
  spool: Check
  /** the worker was seen in the last three minutes */
  worker: Check
  /** runs start; otherwise a disk lacks room, and what arrives waits */
  disk: Check
  /** the config on disk is the one in use; otherwise the last good one is */
  config: Check
  /** every webhook secret could be resolved at the last delivery; one that could not verifies nothing */
  secrets: Check
  /** the program runs under Node's permission model */
  permission: boolean
  /** it verifies nothing: the worker does */
  blind: boolean
}

type Deps = {
  folder: DataFolder
  queueProblem(): Promise<{ code: string } | null>
  configRefused(): boolean
  unresolvedSecrets(): number
  permission: boolean
  blind: boolean
  now(): Date
}

const WORKER_SILENCE_MS = 3 * 60_000

export async function readReadiness(deps: Deps): Promise<Readiness> {
  const [spool, worker] = await Promise.all([spoolCheck(deps), workerCheck(deps)])
  const unresolved = deps.unresolvedSecrets()
  return {
    ready: spool.ok && worker.ok,
    spool,
    worker,
    disk: diskCheck(deps),
    config: deps.configRefused() ? failed('the config file is refused: the last good one is in use') : passed,
    secrets: unresolved > 0 ? failed(`${unresolved} cannot be resolved: see the log`) : passed,
    permission: deps.permission,
    blind: deps.blind,
  }
}

/** The reason names folders, so it is for the machine's own eyes: `letterbox doctor`. */
function diskCheck({ folder }: Deps): Check {
  try {
    const held = readWorkerState(folder.workerState)?.held ?? null
    return held === null ? passed : failed('a disk lacks room: no run starts')
  } catch (error) {
    return failed(`nothing is known of it (${errno(error) ?? 'unknown error'})`)
  }
}

const passed: Check = { ok: true, why: null }

function failed(why: string): Check {
  return { ok: false, why }
}

async function spoolCheck({ folder, queueProblem }: Deps): Promise<Check> {
  try {
    await Promise.all([folder.spoolTmp, folder.spoolNew].map((path) => access(path, constants.W_OK | constants.X_OK)))
    const problem = await queueProblem()
    return problem === null ? passed : failed(problem.code)
  } catch (error) {
    return failed(`it cannot be written (${errno(error) ?? 'unknown error'})`)
  }
}

async function workerCheck({ folder, now }: Deps): Promise<Check> {
  let text: string
  try {
    text = await readFile(folder.workerState, 'utf8')
  } catch (error) {
    return failed(`nothing is known of the worker (${errno(error) ?? 'unknown error'})`)
  }
  const seenAt = seenAtOf(text)
  if (seenAt === null) return failed('what the worker says of itself cannot be read')
  const silentMs = now().getTime() - seenAt
  if (silentMs <= WORKER_SILENCE_MS) return passed
  return failed(`the worker was last seen ${Math.round(silentMs / 1000)} s ago`)
}

function seenAtOf(text: string): number | null {
  try {
    const state = WorkerState.safeParse(JSON.parse(text))
    const seenAt = state.success ? Date.parse(state.data.seenAt) : Number.NaN
    return Number.isNaN(seenAt) ? null : seenAt
  } catch {
    return null // not JSON: the caller says that it cannot be read
  }
}
