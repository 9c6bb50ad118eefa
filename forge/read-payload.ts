import type { Delivery } from './delivery.ts'
import { DeliveryMalformed } from './delivery-malformed.ts'

/** Real payloads nest to about eight. */
const MAX_DEPTH = 64
/** Brackets and commas: bounds what parsing may allocate. A GitHub payload at the cap of 25 MB has under 1 000 000. */
const MAX_STRUCTURE = 2_000_000

/** The JSON of a delivery, sent as it is or form-encoded in the one field `payload` (GitHub does both).
 *  @throws DeliveryMalformed */
export function readPayload(delivery: Delivery): unknown {
  const json = jsonText(delivery)
  checkStructure(json)
  try {
    return JSON.parse(json)
  } catch {
    // the parser's own message would repeat a piece of the body
    throw new DeliveryMalformed('the payload is not JSON')
  }
}

function jsonText(delivery: Delivery): string {
  const text = decodeUtf8(delivery.body)
  switch (mediaType(delivery.headers['content-type'])) {
    case 'application/json':
      return text
    case 'application/x-www-form-urlencoded':
      return formField(text)
    default:
      throw new DeliveryMalformed('the content type is neither JSON nor form')
  }
}

function mediaType(contentType: string | undefined): string {
  return (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
}

function decodeUtf8(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    throw new DeliveryMalformed('the body is not UTF-8')
  }
}

/** Strict on purpose: a second field, whatever its name, could mean something else to another reader. */
function formField(text: string): string {
  const prefix = 'payload='
  if (!text.startsWith(prefix) || text.includes('&')) {
    throw new DeliveryMalformed('the form has not exactly one field "payload"')
  }
  try {
    return decodeURIComponent(text.slice(prefix.length).replaceAll('+', ' '))
  } catch {
    throw new DeliveryMalformed('the form field "payload" is wrongly percent-encoded')
  }
}

const QUOTE = 0x22
const COMMA = 0x2c
const BACKSLASH = 0x5c
const OPENING = new Set([0x5b, 0x7b])
const CLOSING = new Set([0x5d, 0x7d])

/** Refuses what would cost far more memory than its bytes, before it is parsed. */
function checkStructure(json: string): void {
  let depth = 0
  let structure = 0
  let inString = false
  for (let i = 0; i < json.length; i++) {
    const char = json.charCodeAt(i)
    if (inString) {
      if (char === BACKSLASH) i++
      else if (char === QUOTE) inString = false
      continue
    }
    if (char === QUOTE) inString = true
    else if (char === COMMA) structure++
    else if (OPENING.has(char)) {
      structure++
      depth++
    } else if (CLOSING.has(char)) depth--
    if (depth > MAX_DEPTH) throw new DeliveryMalformed(`the payload nests deeper than ${MAX_DEPTH}`)
    if (structure > MAX_STRUCTURE) throw new DeliveryMalformed('the payload has too many elements')
  }
}
