import type { Headers } from './delivery.ts'

/** No forge sends a longer value in a header that we need; a job file takes no longer one either. */
const MAX_HEADER_CHARS = 1000

/** The named headers that are there; null when one is too long to be a forge's. */
export function pickHeaders(headers: Headers, names: readonly string[]): Record<string, string> | null {
  const picked: Record<string, string> = {}
  for (const name of names) {
    const value = Object.hasOwn(headers, name) ? headers[name] : undefined
    if (value === undefined) continue
    if (value.length > MAX_HEADER_CHARS) return null
    picked[name] = value
  }
  return picked
}

/** Printable, without spaces, at most 200 characters: every forge's ids are; null otherwise. */
export function deliveryId(value: string | undefined): string | null {
  return value !== undefined && /^[\x21-\x7e]{1,200}$/.test(value) ? value : null
}
