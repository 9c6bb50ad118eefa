import { createHash } from 'node:crypto'
import { DeliveryMalformed, type Reading, type Recognised, readUnverified } from '../../forge/known/intake.ts'
import { bodyDigest } from '../body-digest.ts'
import { malformed } from '../refusal.ts'
import { type WriteJobDeps, writeJobFile } from '../write-job-file.ts'

/** The answer of a blind relay: what starts is for the worker to find out. */
export type BlindAnswer =
  | { job: string; events: number; starts: []; because: string }
  | { ignored: string }
  | { duplicate: string }

export type ReceiveBlindDeps = WriteJobDeps & {
  seen: BlindSeen
  /** the job that holds this very body, verified by the worker; null when there is none */
  recorded(forge: Recognised['forge'], digest: string): string | null
}

export type BlindSeen = { find(key: string): string | null; remember(key: string, job: string): void }

const BECAUSE = 'a blind relay does not verify: the worker does, and records what starts'

/** Hands a delivery on without proving it. The same bytes with the same signature are the same delivery; nothing less is:
 *  a stranger who sent a body first with a wrong signature, or under another's delivery id, must not keep the real one out.
 *  @throws Refusal */
export async function receiveBlind(recognised: Recognised, body: Buffer, deps: ReceiveBlindDeps): Promise<BlindAnswer> {
  const delivery = { ...recognised, body }
  const reading = readOrRefuse(delivery)
  if (reading.kind === 'ignored') return { ignored: reading.reason }
  const digest = bodyDigest(delivery.forge, body)
  const key = keyOf(recognised, digest)
  const known = deps.seen.find(key) ?? deps.recorded(delivery.forge, digest)
  if (known !== null) return { duplicate: known }
  const job = await writeJobFile(delivery, reading.events, deps)
  deps.seen.remember(key, job)
  return { job, events: reading.events.length, starts: [], because: BECAUSE }
}

function readOrRefuse(delivery: Parameters<typeof readUnverified>[0]): Reading {
  try {
    return readUnverified(delivery)
  } catch (error) {
    if (error instanceof DeliveryMalformed) throw malformed(error.message, error.message, error.hint ?? '')
    throw error
  }
}

/** Over the body and all that verifies it; the delivery id is not signed and does not count. */
function keyOf({ forge, headers }: Recognised, digest: string): string {
  const signatures = Object.entries(headers)
    .filter(([name]) => name.includes('signature'))
    .sort()
  return createHash('sha256')
    .update(JSON.stringify([forge, digest, signatures]))
    .digest('hex')
}

const REMEMBERED = 10_000

export function createBlindSeen(): BlindSeen {
  const jobs = new Map<string, string>()
  return {
    find: (key) => jobs.get(key) ?? null,
    remember(key, job) {
      jobs.set(key, job)
      for (const oldest of jobs.keys()) {
        if (jobs.size <= REMEMBERED) break
        jobs.delete(oldest)
      }
    },
  }
}
