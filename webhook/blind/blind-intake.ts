import { ConfigSchema } from '../../config/schema.ts'
import { openStoreReader } from '../../job/store.ts'
import type { QueueLimits } from '../queue-bound.ts'
import { createStoredDeliveries } from '../stored-deliveries.ts'
import type { WebIntake, WebIntakeDeps } from '../web-intake.ts'
import { createRateLimit, RATE_LIMITS, type RateLimits } from './rate-limit.ts'
import { createBlindSeen, receiveBlind } from './receive-blind.ts'

/** Smaller than those of a program that verifies: what waits here may be anybody's. */
const BLIND_QUEUE_LIMITS: QueueLimits = { files: 1000, bytes: 256 * 1024 ** 2, freeBytes: 64 * 1024 ** 2 }

/** No delivery has it: stored ones are found by their body alone. */
const NO_DELIVERY = ''

/** Takes in whatever looks like a delivery, within bounds: no config, no secret, nothing proven. */
export function createBlindIntake(options: { rate?: Partial<RateLimits> | undefined }, deps: WebIntakeDeps): WebIntake {
  const { folder, log } = deps
  const rate = createRateLimit({ ...RATE_LIMITS, ...options.rate }, deps.nowMs)
  const stored = createStoredDeliveries({ open: () => openStoreReader(folder.store), log })
  const seen = createBlindSeen()
  const config = ConfigSchema.parse({})
  const recorded = (forge: Parameters<typeof stored.find>[0]['forge'], bodyDigest: string) =>
    stored.find({ forge, delivery: NO_DELIVERY, bodyDigest })

  return {
    config: () => config,
    configRefused: () => false,
    unresolvedSecrets: () => 0,
    queueLimits: BLIND_QUEUE_LIMITS,
    admit: ({ peer }) => rate.take(peer),
    accept: (recognised, body, _from, write) => receiveBlind(recognised, body, { ...write, seen, recorded }),
    async close() {
      stored.close()
    },
  }
}
