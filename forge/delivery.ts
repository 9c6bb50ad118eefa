import type { Event } from '../job/event.ts'
import type { Forge } from '../job/job-file.ts'

/** Header names in lower case, as node:http and job files have them. */
export type Headers = Readonly<Record<string, string | undefined>>

/** What the headers alone say: whose delivery it is, its id, and the headers needed to verify and read it. */
export type Recognised = { forge: Forge; delivery: string; headers: Record<string, string> }

/** One signed POST of a forge, nothing of it proven yet. `body` is the raw bytes as they came. */
export type Delivery = Recognised & { readonly body: Buffer }

const verified: unique symbol = Symbol('verified')

/** A delivery whose signature was right. `keys` are the config keys (of `repositories`) whose secret signed it: it
 *  speaks for no other repository. Only `verify` of known/intake.ts makes one. */
export type VerifiedDelivery = Delivery & { readonly keys: readonly string[]; readonly [verified]: true }

/** For `verify` of known/intake.ts alone. */
export function mintVerified(delivery: Delivery, keys: readonly string[]): VerifiedDelivery {
  return Object.freeze({ ...delivery, keys: Object.freeze([...keys]), [verified]: true as const })
}

/** What a verified delivery says; all events are of one repository. */
export type Reading = { kind: 'events'; events: Event[] } | { kind: 'ignored'; reason: string }

/** What each forge's intake.ts gives to the door over all of them. Pure: no I/O, no clock. */
export type ForgeIntake = {
  forge: Forge
  /** a header is there that only this forge sends */
  claims(headers: Headers): boolean
  /** null when a header that identifies a delivery is missing or no forge would send it so */
  recognise(headers: Headers): Recognised | null
  /** name of the header with `sha256=<hex of the HMAC over the raw body>` */
  signatureHeader: string
  /** why a delivery of this kind is ignored whatever its body says; null when its body is to be read */
  ignores(headers: Headers): string | null
  /** @throws DeliveryMalformed */
  read(payload: unknown): Reading
}
