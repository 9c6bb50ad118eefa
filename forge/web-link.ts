const MAX_CHARS = 2000

/** An http(s) address that people may follow; null for anything else, also for one too long: half a link is none. */
export function webLink(address: string | null | undefined): string | null {
  if (!address || address.length > MAX_CHARS || !URL.canParse(address)) return null
  return /^https?:$/.test(new URL(address).protocol) ? address.toWellFormed() : null
}
