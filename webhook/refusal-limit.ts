import ipaddr from 'ipaddr.js'
import { Refusal } from './refusal.ts'
import { type BucketLimits, createTokenBuckets } from './token-buckets.ts'

export const REFUSAL_LIMITS: BucketLimits = { perSecond: 1, burst: 60 }

/** So long an address that sent something verified is not limited: it may be a proxy for good and bad alike. */
const TRUST_MS = 60 * 60_000
const MAX_TRUSTED = 1000

export type RefusalLimit = {
  /** @throws Refusal 429 when this address has sent too much that was refused */
  check(remote: string): void
  refused(remote: string): void
  verified(remote: string): void
}

/** Verifying costs work, so garbage is bounded: who sends too much that no secret verifies is turned away by the headers
 *  alone for a while. Addresses that also send good deliveries are spared. */
export function createRefusalLimit(limits: BucketLimits, nowMs: () => number): RefusalLimit {
  const buckets = createTokenBuckets(limits, nowMs)
  const trusted = new Map<string, number>()

  function isTrusted(key: string): boolean {
    const at = trusted.get(key)
    return at !== undefined && nowMs() - at < TRUST_MS
  }

  return {
    check(remote) {
      const key = networkOf(remote)
      const seconds = buckets.wait(key)
      if (seconds > 0 && !isTrusted(key)) throw tooMany('too much from this address was refused', seconds)
    },
    refused: (remote) => buckets.spend(networkOf(remote)),
    verified(remote) {
      const key = networkOf(remote)
      trusted.delete(key)
      trusted.set(key, nowMs())
      for (const oldest of trusted.keys()) {
        if (trusted.size <= MAX_TRUSTED) break
        trusted.delete(oldest)
      }
    },
  }
}

/** Whoever has one IPv6 address has a /64 of them. */
function networkOf(remote: string): string {
  if (!ipaddr.IPv6.isValid(remote)) return remote
  return ipaddr.IPv6.parse(remote).toByteArray().slice(0, 8).join('.')
}

export function tooMany(reason: string, retryAfterSeconds: number): Refusal {
  return new Refusal({
    status: 429,
    code: 'TOO_MANY_REQUESTS',
    message: 'There were too many requests.',
    hint: 'Send it again later.',
    reason,
    retryAfterSeconds,
  })
}
