import { resolveSecret } from '../config/secret.ts'
import { watchConfig } from '../config/watch.ts'
import { errorFacts } from '../job/letterbox-error.ts'
import { openStoreReader } from '../job/store.ts'
import { createCandidates } from './candidates.ts'
import { indexWaiting } from './index-waiting.ts'
import { QUEUE_LIMITS } from './queue-bound.ts'
import { receiveDelivery } from './receive-delivery.ts'
import { Refusal } from './refusal.ts'
import { createRefusalLimit, REFUSAL_LIMITS } from './refusal-limit.ts'
import { createSeenDeliveries, type SeenDeliveries } from './seen-deliveries.ts'
import { createStoredDeliveries } from './stored-deliveries.ts'
import type { BucketLimits } from './token-buckets.ts'
import type { WebIntake, WebIntakeDeps } from './web-intake.ts'

const REMEMBERED_DELIVERIES = 10_000
/** What no secret verifies, and what is no delivery: both cost work. */
const COUNTED = [400, 401]

type Options = { config: string; env: NodeJS.ProcessEnv; refusals?: Partial<BucketLimits> | undefined }

/** Takes in what a secret of the config verifies. @throws ConfigRefused when the config's first load fails */
export async function createVerifyingIntake(options: Options, deps: WebIntakeDeps): Promise<WebIntake> {
  const { folder, log } = deps
  const watched = await watchConfig(options.config, { log })
  const stored = createStoredDeliveries({ open: () => openStoreReader(folder.store), log })
  const seen = createSeenDeliveries({ stored: stored.find, capacity: REMEMBERED_DELIVERIES })
  await indexSpool(seen, deps)
  const candidates = createCandidates({ resolve: (ref) => resolveSecret(ref, options.env), log })
  candidates.of(watched.current().config) // a missing secret is told at the start, not at the first delivery
  const limit = createRefusalLimit({ ...REFUSAL_LIMITS, ...options.refusals }, deps.nowMs)

  return {
    config: () => watched.current().config,
    configRefused: () => watched.refused() !== null,
    unresolvedSecrets: () => candidates.unresolved().length,
    queueLimits: QUEUE_LIMITS,
    admit: ({ remote }) => limit.check(remote),
    async accept(recognised, body, { remote }, write) {
      try {
        const { config } = watched.current()
        const answer = await receiveDelivery(recognised, body, config, { ...write, seen, candidates: candidates.of })
        limit.verified(remote)
        return answer
      } catch (error) {
        if (error instanceof Refusal && COUNTED.includes(error.status)) limit.refused(remote)
        throw error
      }
    },
    async close() {
      await watched.close()
      stored.close()
    },
  }
}

async function indexSpool(seen: SeenDeliveries, { folder, waiting, log }: WebIntakeDeps): Promise<void> {
  try {
    await indexWaiting({ spoolNew: folder.spoolNew, waiting, seen, log })
  } catch (error) {
    log.warn({ ...errorFacts(error) }, 'the spool cannot be read yet: deliveries are refused with 503 until it can')
  }
}
