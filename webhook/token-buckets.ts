export type BucketLimits = {
  /** tokens that come back */
  perSecond: number
  /** tokens in a full bucket */
  burst: number
}

export type TokenBuckets = {
  /** seconds until this one has a token again; 0 when it has one now */
  wait(key: string): number
  spend(key: string): void
}

type Bucket = { tokens: number; at: number }

/** How many are remembered: the oldest is forgotten for a new one, so that many addresses cannot fill the memory. */
const MAX_BUCKETS = 10_000

/** One token bucket for each key. `nowMs` is a clock that never goes back. */
export function createTokenBuckets({ perSecond, burst }: BucketLimits, nowMs: () => number): TokenBuckets {
  const buckets = new Map<string, Bucket>()

  function filled(key: string): Bucket {
    const at = nowMs()
    const bucket = buckets.get(key)
    if (bucket === undefined) return { tokens: burst, at }
    return { tokens: Math.min(burst, bucket.tokens + ((at - bucket.at) / 1000) * perSecond), at }
  }

  return {
    wait(key) {
      const { tokens } = filled(key)
      return tokens >= 1 ? 0 : Math.max(1, Math.ceil((1 - tokens) / perSecond))
    },
    spend(key) {
      const { tokens, at } = filled(key)
      buckets.delete(key)
      buckets.set(key, { tokens: Math.max(0, tokens - 1), at })
      for (const oldest of buckets.keys()) {
        if (buckets.size <= MAX_BUCKETS) break
        buckets.delete(oldest)
      }
    },
  }
}
