import type { IncomingHttpHeaders } from 'node:http'
import { tooLarge, unsupported } from './refusal.ts'

/** GitHub's cap, which is the largest. */
export const MAX_BODY_BYTES = 25 * 1024 * 1024

export const BODY_TYPES = ['application/json', 'application/x-www-form-urlencoded']

/** Refuses by the headers alone, before a byte of the body is kept. */
export function checkHeaders(headers: IncomingHttpHeaders): void {
  if (Number(headers['content-length'] ?? 0) > MAX_BODY_BYTES) throw tooLarge('announced length over the limit')
  if ((headers['content-encoding'] ?? 'identity').toLowerCase() !== 'identity') throw unsupported('content encoding')
  const mediaType = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() ?? ''
  if (!BODY_TYPES.includes(mediaType)) throw unsupported('content type')
}
