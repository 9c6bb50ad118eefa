import type { Delivery } from '../forge/known/intake.ts'
import type { Event } from '../job/event.ts'
import { type DeliveryJob, MAX_JOB_FILE_BYTES } from '../job/job-file.ts'
import { LetterboxError } from '../job/letterbox-error.ts'
import type { QueueBound } from './queue-bound.ts'
import { Refusal, tooLarge, unavailable } from './refusal.ts'

export type WriteJobDeps = {
  spool: { put(job: DeliveryJob): Promise<void> }
  queue: QueueBound
  newId(): string
  now(): Date
}

/** Puts a delivery into the spool; verified, or by a blind relay not. @throws Refusal */
export async function writeJobFile(given: Delivery, events: Event[], deps: WriteJobDeps): Promise<string> {
  const { forge, delivery, headers, body } = given
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
