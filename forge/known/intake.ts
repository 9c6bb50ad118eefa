import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { Event } from '../../job/event.ts'
import type { Forge } from '../../job/job-file.ts'
import { bitbucket } from '../bitbucket/intake.ts'
import {
  type Delivery,
  type ForgeIntake,
  type Headers,
  mintVerified,
  type Reading,
  type Recognised,
  type VerifiedDelivery,
} from '../delivery.ts'
import { DeliveryMalformed } from '../delivery-malformed.ts'
import { github } from '../github/intake.ts'
import { parsePayload } from '../parse-payload.ts'
import { readPayload } from '../read-payload.ts'
import { isSignedWith, presentedDigest } from '../signature.ts'

/* The door over all forges: recognise → verify → readEvents. Both programs come through here, the webhook program
 * with what the network brings, the worker with what the spool brings. */

export { type Delivery, DeliveryMalformed, type Reading, type Recognised, type VerifiedDelivery }

/** A key of `repositories` in the config, and its secrets as they are now. */
export type Candidate = { key: string; secrets: readonly string[] }

const intakes: { readonly [F in Forge]?: ForgeIntake } = { github, bitbucket }

/** Whose delivery it is, by its headers alone (lower-case names). Null when no forge we know would send them, when
 *  they are of two forges at once, or when the delivery id or the event's name is missing or malformed. */
export function recognise(headers: Headers): Recognised | null {
  const [claimed, ...more] = Object.values(intakes).filter((intake) => intake.claims(headers))
  return claimed === undefined || more.length > 0 ? null : claimed.recognise(headers)
}

/** Verifies the signature over the raw body with every distinct secret, and tells whose secret it was. Null when none
 *  verifies; a missing header costs the same work as a wrong one. Empty secrets are never used. */
export function verify(delivery: Delivery, candidates: readonly Candidate[]): VerifiedDelivery | null {
  const intake = intakes[delivery.forge]
  if (intake === undefined) return null
  const presented = presentedDigest(delivery.headers[intake.signatureHeader])
  const keys: string[] = []
  for (const [secret, owners] of ownersBySecret(candidates)) {
    if (isSignedWith(secret, delivery.body, presented)) keys.push(...owners)
  }
  return keys.length === 0 ? null : mintVerified(delivery, [...new Set(keys)])
}

function ownersBySecret(candidates: readonly Candidate[]): Map<string, string[]> {
  const owners = new Map<string, string[]>()
  for (const { key, secrets } of candidates) {
    for (const secret of secrets) {
      if (secret.trim() !== '') owners.set(secret, [...(owners.get(secret) ?? []), key])
    }
  }
  // without any secret a refusal still costs one HMAC, so that its time tells nothing about the config
  return owners.size > 0 ? owners : new Map([[randomBytes(32).toString('hex'), []]])
}

/** Reads what a verified delivery says. All events are of one repository; the caller must still check that this
 *  repository's key is among `verified.keys`.
 *  @throws DeliveryMalformed for every body that is no payload of that forge, and nothing else */
export function readEvents(verified: VerifiedDelivery): Reading {
  return readUnverified(verified)
}

/** Reads what a delivery says that nobody has proven: for a blind relay, whose job files the worker verifies. Nothing may
 *  be done because of it. @throws DeliveryMalformed */
export function readUnverified(delivery: Delivery): Reading {
  const intake = intakes[delivery.forge]
  if (intake === undefined) throw new DeliveryMalformed('its forge is not handled')
  const reason = intake.ignores(delivery.headers)
  if (reason !== null) return { kind: 'ignored', reason }
  const reading = intake.read(readPayload(delivery))
  return reading.kind === 'ignored' ? reading : { kind: 'events', events: parsePayload(Events, reading.events) }
}

const Events = z.array(Event).min(1).max(1000)

/** `host/path` of the repository that all these events are of; what config/match looks up. */
export function repositoryOf(events: readonly Event[]): string {
  const names = new Set(events.map(({ repository }) => `${repository.host}/${repository.path}`))
  const [name, ...more] = names
  if (name === undefined || more.length > 0) throw new DeliveryMalformed('its events are not of one repository')
  return name
}
