import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { findRepository } from '../../config/match.ts'
import type { Config, SecretRef } from '../../config/schema.ts'
import { readEvents, recognise, repositoryOf, verify } from '../../forge/known/intake.ts'
import type { DeliveryJob } from '../../job/job-file.ts'
import type { JobOutcome, StoreReader } from '../../job/store-port.ts'
import { planRuns } from '../plan/plan-runs.ts'
import type { Accepted, Active } from './accept-job.ts'

export type DeliveryDeps = {
  store: Pick<StoreReader, 'seen'>
  active(): Active
  resolveSecret(ref: SecretRef): string
  newRunId(): string
  log: { warn(facts: object, message: string): void }
}

/** Verifies the signed raw delivery again and reads the events from it again: what the job file says of them is not
 *  believed, since whoever writes the spool may have written anything. */
export function outcomeOfDelivery(job: DeliveryJob, deps: DeliveryDeps): Accepted {
  const body = Buffer.from(job.body, 'base64')
  const recognised = recognise(job.headers)
  if (!recognised || recognised.forge !== job.forge || recognised.delivery !== job.delivery)
    return refused('HEADERS_DISAGREE', 'the headers do not belong to a delivery of this forge with this id')
  const active = deps.active()
  const { candidates, unresolved } = secretsOf(active.config, deps)
  const verified = verify({ ...recognised, body }, candidates)
  if (!verified && unresolved.length > 0)
    return deferred('SECRET_UNRESOLVED', `no secret verifies it, but those of ${unresolved.join(', ')} cannot be read`)
  if (!verified) return refused('SIGNATURE_WRONG', 'the signature is not one of a configured repository')
  const read = readEvents(verified)
  if (read.kind === 'ignored') return refused('NO_EVENT', `the delivery carries no event: ${read.reason}`)
  const path = repositoryOf(read.events)
  const found = findRepository(active.config, path)
  if (!found || !verified.keys.includes(found.key))
    return refused('REPOSITORY_NOT_SIGNED', `the secret that signed the delivery is not the one of ${path}`)
  if (!isDeepStrictEqual(read.events, job.events))
    deps.log.warn({ job: job.id }, 'the events in the job file are not those of its delivery; the delivery counts')
  return { kind: 'outcome', outcome: plan(job, body, path, read.events, deps) }
}

function refused(code: string, message: string): Accepted {
  return { kind: 'refused', reason: { code, message } }
}

function deferred(code: string, message: string): Accepted {
  return { kind: 'deferred', reason: { code, message } }
}

type Secrets = { candidates: { key: string; secrets: string[] }[]; unresolved: string[] }

/** A repository whose secret cannot be resolved verifies nothing, and must not hinder the others. */
function secretsOf(config: Config, deps: DeliveryDeps): Secrets {
  const unresolved: string[] = []
  const candidates = Object.entries(config.repositories).map(([key, repository]) => ({
    key,
    secrets: [repository.secret].flat().flatMap((ref) => {
      try {
        return [deps.resolveSecret(ref)]
      } catch (error) {
        unresolved.push(key)
        deps.log.warn({ repository: key, err: error }, 'a webhook secret cannot be resolved')
        return []
      }
    }),
  }))
  return { candidates, unresolved }
}

function plan(
  job: DeliveryJob,
  body: Buffer,
  repository: string,
  events: DeliveryJob['events'],
  deps: DeliveryDeps,
): JobOutcome {
  const bodyDigest = createHash('sha256').update(job.forge).update('\0').update(body).digest('hex')
  const common = { job: { ...job, events }, bodyDigest, repository }
  const duplicateOf = deps.store.seen(job.forge, job.delivery, bodyDigest)
  if (duplicateOf !== null && duplicateOf !== job.id)
    return { ...common, runs: [], because: `it repeats delivery ${duplicateOf}`, duplicateOf }
  const { runs, because } = planRuns(events, deps.active())
  return { ...common, runs: runs.map((run) => ({ ...run, id: deps.newRunId() })), because, duplicateOf: null }
}
