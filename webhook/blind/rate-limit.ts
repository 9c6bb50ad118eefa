import { tooMany } from '../refusal-limit.ts'
import { type BucketLimits, createTokenBuckets } from '../token-buckets.ts'

export type RateLimits = { peer: BucketLimits; all: BucketLimits }

/** A busy forge sends a few deliveries a second; a relay that cannot tell them from garbage takes no flood of either. */
export const RATE_LIMITS: RateLimits = { peer: { perSecond: 10, burst: 100 }, all: { perSecond: 20, burst: 200 } }

/** Bounds how many deliveries a blind relay takes, from each socket's peer and from all together. Proxies are not asked
 *  whom they speak for: without a config none is trusted. */
export function createRateLimit(limits: RateLimits, nowMs: () => number): { take(peer: string): void } {
  const peers = createTokenBuckets(limits.peer, nowMs)
  const all = createTokenBuckets(limits.all, nowMs)
  return {
    take(peer) {
      const seconds = Math.max(peers.wait(peer), all.wait('all'))
      if (seconds > 0) throw tooMany('over the rate of a blind relay', seconds)
      peers.spend(peer)
      all.spend('all')
    },
  }
}
