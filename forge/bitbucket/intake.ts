import type { ForgeIntake, Headers } from '../delivery.ts'
import { deliveryId, pickHeaders } from '../pick-headers.ts'
import { readPush } from './push.ts'

const EVENT = 'x-event-key'
const DELIVERY = 'x-request-uuid'
const HOOK = 'x-hook-uuid'
const SIGNATURE = 'x-hub-signature'

/** Bitbucket Cloud's webhook deliveries. @see Bitbucket Cloud documentation, "Event payloads", "Manage webhooks" */
export const bitbucket: ForgeIntake = {
  forge: 'bitbucket',
  // unlike GitHub's header of this name it holds SHA-256; `sha1=` never verifies
  signatureHeader: SIGNATURE,

  claims(headers) {
    return [EVENT, DELIVERY, HOOK].some((name) => headers[name] !== undefined)
  },

  recognise(headers) {
    const delivery = deliveryId(headers[DELIVERY])
    const picked = pickHeaders(headers, [EVENT, DELIVERY, SIGNATURE, 'content-type'])
    if (delivery === null || picked === null || eventKey(headers) === null) return null
    return { forge: 'bitbucket', delivery, headers: picked }
  },

  ignores(headers) {
    const event = eventKey(headers)
    if (event === 'repo:push') return null
    return event === 'diagnostics:ping' ? 'ping' : `event ${event ?? ''} is not handled`
  },

  read: readPush,
}

function eventKey(headers: Headers): string | null {
  const event = headers[EVENT]
  return event !== undefined && /^[a-z0-9_]{1,50}:[a-z0-9_]{1,50}$/.test(event) ? event : null
}
