/** One body on its way in. */
export type BodyShare = {
  grow(bytes: number): void
  /** the body is complete: it stays counted and is no longer given up for others */
  keep(): void
  release(): void
}

export type BodyBudget = { open(giveUp: () => void): BodyShare; heldBytes(): number }

type Holding = { bytes: number; kept: boolean; giveUp: () => void }

/** Bounds the memory of all bodies in flight. When they are too much together, the biggest unfinished one is given up,
 *  so that many or huge bodies of strangers never cost a small delivery its place. Counts what has arrived, not what was
 *  announced: announcing is free. */
export function createBodyBudget(maxBytes: number): BodyBudget {
  const holdings = new Set<Holding>()
  let held = 0

  const drop = (holding: Holding) => {
    if (holdings.delete(holding)) held -= holding.bytes
  }
  const giveUpBiggest = () => {
    const unfinished = [...holdings].filter((holding) => !holding.kept)
    const [first, ...others] = unfinished
    if (first === undefined) return false
    const biggest = others.reduce((most, holding) => (holding.bytes > most.bytes ? holding : most), first)
    drop(biggest)
    biggest.giveUp()
    return true
  }

  return {
    open(giveUp) {
      const holding: Holding = { bytes: 0, kept: false, giveUp }
      holdings.add(holding)
      return {
        grow(bytes) {
          if (!holdings.has(holding)) return
          holding.bytes += bytes
          held += bytes
          while (held > maxBytes && giveUpBiggest());
        },
        keep() {
          holding.kept = true
        },
        release() {
          drop(holding)
        },
      }
    },
    heldBytes: () => held,
  }
}
