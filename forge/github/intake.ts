import type { ForgeIntake, Headers } from '../delivery.ts'
import { deliveryId, pickHeaders } from '../pick-headers.ts'
import { readPush } from './push.ts'

const EVENT = 'x-github-event'
const DELIVERY = 'x-github-delivery'
const SIGNATURE = 'x-hub-signature-256'

/** GitHub's webhook deliveries. @see GitHub documentation, "Validating webhook deliveries", "Webhook events and payloads" */
export const github: ForgeIntake = {
  forge: 'github',
  signatureHeader: SIGNATURE,

  claims(headers) {
    return [EVENT, DELIVERY, SIGNATURE].some((name) => headers[name] !== undefined)
  },

  recognise(headers) {
    const delivery = deliveryId(headers[DELIVERY])
    const picked = pickHeaders(headers, [EVENT, DELIVERY, SIGNATURE, 'content-type'])
    if (delivery === null || picked === null || eventName(headers) === null) return null
    return { forge: 'github', delivery, headers: picked }
  },

  ignores(headers) {
    const event = eventName(headers)
    if (event === 'push') return null
    if (event === 'create' || event === 'delete') return 'covered by push'
    return event === 'ping' ? 'ping' : `event ${event ?? ''} is not handled`
  },

  read: readPush,
}

function eventName(headers: Headers): string | null {
  const event = headers[EVENT]
  return event !== undefined && /^[a-z0-9_]{1,100}$/.test(event) ? event : null
}
