import { createLocks } from '../locks.ts'

export type Claim = {
  keys: readonly string[]
  /** who asks, in the words of those who wait for it */
  holder: string
  signal: AbortSignal
  /** told when a key is taken: by whom */
  waits(key: string, by: string): void
}

/** Does work while nobody else holds one of its keys, in the order of asking. Who waits may be stopped by its signal. */
export type Exclusive = <T>(claim: Claim, work: () => Promise<T>) => Promise<T>

/** The keys of the one worker of a data folder. Nothing of it outlives the process: after a restart a step that had
 *  begun claims its keys before anything else runs (see `holdOfBegun`). */
export function createExclusive(): Exclusive {
  const inTurn = createLocks()
  const holders = new Map<string, string>()

  async function hold<T>(claim: Claim, work: () => Promise<T>): Promise<T> {
    const [key, ...rest] = claim.keys
    if (key === undefined) return work()
    const by = holders.get(key)
    if (by !== undefined) claim.waits(key, by)
    return inTurn(key, claim.signal, async () => {
      holders.set(key, claim.holder)
      try {
        return await hold({ ...claim, keys: rest }, work)
      } finally {
        holders.delete(key)
      }
    })
  }

  // always in the same order, so that two who want the same keys never wait for each other
  return (claim, work) => hold({ ...claim, keys: [...new Set(claim.keys)].sort() }, work)
}
