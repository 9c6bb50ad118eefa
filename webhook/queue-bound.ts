import { type Refusal, unavailable } from './refusal.ts'

export type QueueLimits = { files: number; bytes: number; freeBytes: number }

export const QUEUE_LIMITS: QueueLimits = { files: 10_000, bytes: 1024 ** 3, freeBytes: 64 * 1024 ** 2 }

type Deps = {
  /** @throws SpoolUnreadable */
  waiting(): Promise<{ bytes: number }[]>
  /** free on the spool's volume */
  freeBytes(): Promise<number>
  now(): Date
  limits: QueueLimits
}

export type QueueBound = {
  /** why a job file of this size may not be added now; null when it may. @throws SpoolUnreadable */
  problem(bytes: number): Promise<Refusal | null>
  added(bytes: number): void
}

type Queue = { files: number; bytes: number; staleAt: number }

/** Counting the folder at each delivery would make a full queue a slow one as well. */
const RECOUNT_MS = 2000
const RETRY_SECONDS = 60

/** Keeps the spool bounded: an absent worker, or a flood, must not fill the disk that the worker needs to catch up. */
export function createQueueBound({ waiting, freeBytes, now, limits }: Deps): QueueBound {
  let counted: Queue = { files: 0, bytes: 0, staleAt: 0 }
  let counting: Promise<Queue> | null = null

  async function recount(): Promise<Queue> {
    const startedAt = now().getTime()
    const files = await waiting()
    const endedAt = now().getTime()
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
    // never more than a tenth of the time
    counted = { files: files.length, bytes, staleAt: endedAt + Math.max(RECOUNT_MS, 10 * (endedAt - startedAt)) }
    return counted
  }

  function count(): Promise<Queue> | Queue {
    if (now().getTime() < counted.staleAt) return counted
    counting ??= recount().finally(() => {
      counting = null
    })
    return counting
  }

  return {
    async problem(bytes) {
      const queue = await count()
      if (queue.files + 1 > limits.files) return full(`${queue.files} job files wait`)
      if (queue.bytes + bytes > limits.bytes) return full(`job files of ${queue.bytes} bytes wait`)
      const free = await freeBytes()
      if (free - bytes >= limits.freeBytes) return null
      return unavailable('DISK_FULL', `${free} bytes are free on the spool's volume`, RETRY_SECONDS)
    },
    added(bytes) {
      counted.files += 1
      counted.bytes += bytes
    },
  }
}

function full(reason: string): Refusal {
  return unavailable('QUEUE_FULL', reason, RETRY_SECONDS)
}
