import { findRepository, startsOf } from '../config/match.ts'
import type { Config } from '../config/schema.ts'
import {
  type Candidate,
  DeliveryMalformed,
  type Reading,
  type Recognised,
  readEvents,
  repositoryOf,
  type VerifiedDelivery,
  verify,
} from '../forge/known/intake.ts'
import type { Event } from '../job/event.ts'
import { failpoint } from '../job/failpoint.ts'
import { bodyDigest } from './body-digest.ts'
import { malformed, notAccepted } from './refusal.ts'
import type { SeenDeliveries } from './seen-deliveries.ts'
import { type WriteJobDeps, writeJobFile } from './write-job-file.ts'

/** A 202, and a 200. */
export type Accepted = { job: string; events: number; starts: readonly string[]; because: string | null }
export type Answer = Accepted | { ignored: string } | { duplicate: string }

export type ReceiveDeps = WriteJobDeps & {
  candidates(config: Config): Candidate[]
  seen: SeenDeliveries
}

/** From a raw body to a job file on disk: verify → read → is it that repository's → seen before → room left → write.
 *  @throws Refusal */
export async function receiveDelivery(
  recognised: Recognised,
  body: Buffer,
  config: Config,
  deps: ReceiveDeps,
): Promise<Answer> {
  const delivery = { ...recognised, body }
  const verified = verify(delivery, deps.candidates(config))
  if (verified === null) throw notAccepted('no secret verifies the signature')
  failpoint('verified')
  const reading = read(verified)
  if (reading.kind === 'ignored') return { ignored: reading.reason }
  checkRepository(verified, reading.events, config)
  const mark = { forge: delivery.forge, delivery: delivery.delivery, bodyDigest: bodyDigest(delivery.forge, body) }
  return deps.seen.once(mark, async () => {
    const job = await writeJobFile(verified, reading.events, deps)
    return { job, events: reading.events.length, ...startsOf(config, reading.events) }
  })
}

function read(verified: VerifiedDelivery): Reading {
  try {
    return readEvents(verified)
  } catch (error) {
    if (error instanceof DeliveryMalformed) throw malformed(error.message, error.message, error.hint ?? '')
    throw error
  }
}

/** A secret speaks for its own repositories alone. */
function checkRepository(verified: VerifiedDelivery, events: readonly Event[], config: Config): void {
  const repository = repositoryOf(events)
  const found = findRepository(config, repository)
  if (found === null) throw notAccepted(`unknown repository ${repository}`)
  if (!verified.keys.includes(found.key)) throw notAccepted(`signed with a secret that is not that of ${found.key}`)
}
