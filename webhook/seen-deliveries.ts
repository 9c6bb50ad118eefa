import type { Forge } from '../job/job-file.ts'

/** What makes two deliveries the same: the forge's id (not signed), or the same body of the same forge. */
export type DeliveryMark = { forge: Forge; delivery: string; bodyDigest: string }

export type SeenDeliveries = {
  /** Runs `accept` for a delivery not seen before and remembers its job id; two at the same time are accepted once.
   *  When `accept` fails nothing is remembered. */
  once<T extends { job: string }>(mark: DeliveryMark, accept: () => Promise<T>): Promise<T | { duplicate: string }>
  remember(mark: DeliveryMark, job: string): void
}

type Deps = {
  /** the job that the store has for it */
  stored(mark: DeliveryMark): string | null
  /** how many deliveries are remembered here; older ones are found in the spool's index or the store */
  capacity: number
}

export function createSeenDeliveries({ stored, capacity }: Deps): SeenDeliveries {
  const jobs = new Map<string, string>()
  const underway = new Map<string, Promise<unknown>>()

  function remember(mark: DeliveryMark, job: string): void {
    for (const key of keysOf(mark)) jobs.set(key, job)
    for (const oldest of jobs.keys()) {
      if (jobs.size <= capacity * 2) break
      jobs.delete(oldest)
    }
  }

  async function accepted<T extends { job: string }>(mark: DeliveryMark, accept: () => Promise<T>): Promise<T> {
    const keys = keysOf(mark)
    const acceptance = accept()
    for (const key of keys) underway.set(key, acceptance)
    try {
      const result = await acceptance
      remember(mark, result.job)
      return result
    } finally {
      for (const key of keys) underway.delete(key)
    }
  }

  return {
    remember,
    async once(mark, accept) {
      const keys = keysOf(mark)
      for (;;) {
        const other = keys.map((key) => underway.get(key)).find((acceptance) => acceptance !== undefined)
        if (other === undefined) break
        await other.catch(() => undefined) // its own request answers for it
      }
      const job = keys.map((key) => jobs.get(key)).find((id) => id !== undefined) ?? stored(mark)
      return job === null ? accepted(mark, accept) : { duplicate: job }
    },
  }
}

function keysOf({ forge, delivery, bodyDigest }: DeliveryMark): string[] {
  return [`${forge} id ${delivery}`, `${forge} body ${bodyDigest}`]
}
