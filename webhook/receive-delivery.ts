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
import { type DeliveryJob, MAX_JOB_FILE_BYTES } from '../job/job-file.ts'
import { LetterboxError } from '../job/letterbox-error.ts'
import { bodyDigest } from './body-digest.ts'
import type { QueueBound } from './queue-bound.ts'
import { malformed, notAccepted, Refusal, tooLarge, unavailable } from './refusal.ts'
import type { SeenDeliveries } from './seen-deliveries.ts'

/** A 202, and a 200. */
export type Accepted = { job: string; events: number; starts: string[]; because: string | null }
export type Answer = Accepted | { ignored: string } | { duplicate: string }

export type ReceiveDeps = {
  candidates(config: Config): Candidate[]
  spool: { put(job: DeliveryJob): Promise<void> }
  queue: QueueBound
  seen: SeenDeliveries
  newId(): string
  now(): Date
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

async function writeJobFile(verified: VerifiedDelivery, events: Event[], deps: ReceiveDeps): Promise<string> {
  const { forge, delivery, headers, body } = verified
  const bytes = jobFileBytes(body, events)
  if (bytes > MAX_JOB_FILE_BYTES) throw tooLarge('its job file would be over the limit')
  const id = deps.newId()
  const common = { version: 1, id, receivedAt: deps.now().toISOString(), source: 'webhook' } as const
  await refusingOurTrouble(async () => {
    const problem = await deps.queue.problem(bytes)
    if (problem !== null) throw problem
    await deps.spool.put({ ...common, forge, delivery, headers, body: body.toString('base64'), events })
  })
  deps.queue.added(bytes)
  return id
}

/** A spool that is full or gone is no fault of the sender: the answer says "later". */
async function refusingOurTrouble(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (error instanceof Refusal || !(error instanceof LetterboxError)) throw error
    throw unavailable(error.code, `${error.message} ${error.hint ?? ''}`, RETRY_SECONDS)
  }
}

const RETRY_SECONDS = 60

/** Headers, id and the like are bounded and fit into the allowance. */
function jobFileBytes(body: Buffer, events: Event[]): number {
  const allowance = 16 * 1024
  return Math.ceil(body.length / 3) * 4 + Buffer.byteLength(JSON.stringify(events)) + allowance
}
