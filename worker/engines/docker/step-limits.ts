import type Dockerode from 'dockerode'
import { z } from 'zod'
import type { RunRequest } from '../engine.ts'
import { reach } from './reach.ts'

const GIB = 1024 ** 3
/** The engine, the worker and the kernel need some of it, however small the machine is. */
const LEAST_BYTES = 256 * 1024 ** 2
/** Of the processors; what is left keeps the machine answering while steps compute. */
const SHARE_OF_CPUS = 0.9

/** What the operator wants for steps that say nothing themselves; undefined: a share of the machine. */
export type WantedLimits = { memory?: number | undefined; cpus?: number | undefined; pids: number }

export type StepLimits = { memoryBytes: number; cpus: number; pids: number }

/** What the machine gives to each step. */
export type StepBounds = { limits(): Promise<StepLimits>; network(): Promise<string> }

export const DEFAULT_WANTED: WantedLimits = { pids: 4096 }

const Info = z.object({ MemTotal: z.number(), NCPU: z.number() })

/** Limits for one step on a machine. Half of its memory, and never the last GiB; of its processors a tenth is left. */
export function limitsOn(machine: { memoryBytes: number; cpus: number }, wanted: WantedLimits): StepLimits {
  const share = Math.min(machine.memoryBytes / 2, machine.memoryBytes - GIB)
  return {
    memoryBytes: wanted.memory ?? Math.max(LEAST_BYTES, Math.floor(share)),
    cpus: wanted.cpus ?? Math.floor(machine.cpus * SHARE_OF_CPUS * 100) / 100,
    pids: wanted.pids,
  }
}

/** Reads once what machine the engine runs on, which may be another than ours. @throws EngineUnavailable */
export function createStepLimits(docker: Dockerode, wanted: () => WantedLimits): () => Promise<StepLimits> {
  let machine: { memoryBytes: number; cpus: number } | null = null
  return async () => {
    if (machine === null) {
      const info = Info.parse(await reach(() => docker.info()))
      machine = { memoryBytes: info.MemTotal, cpus: info.NCPU }
    }
    return limitsOn(machine, wanted())
  }
}

/** What a step says itself stands. @throws EngineUnavailable, and what opening the steps' network throws */
export async function withBounds(request: RunRequest, bounds: StepBounds): Promise<RunRequest> {
  const limits = await bounds.limits()
  return {
    ...request,
    network: request.network === 'bridge' ? await bounds.network() : request.network,
    memoryBytes: request.memoryBytes ?? limits.memoryBytes,
    cpus: request.cpus ?? limits.cpus,
    pids: request.pids ?? limits.pids,
  }
}
