const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** `just now`, `3 min ago`, `2 days ago`. */
export function ago(iso: string, now: Date): string {
  const ms = now.getTime() - Date.parse(iso)
  if (ms < 5 * SECOND) return 'just now'
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)} s ago`
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min ago`
  if (ms < DAY) return `${Math.floor(ms / HOUR)} h ago`
  const days = Math.floor(ms / DAY)
  return days === 1 ? '1 day ago' : `${days} days ago`
}

/** `0.4 s`, `12 s`, `3 min 5 s`, `1 h 2 min`; from one time to another. */
export function lasted(from: string, to: string | Date): string {
  const until = typeof to === 'string' ? Date.parse(to) : to.getTime()
  const ms = Math.max(0, until - Date.parse(from))
  if (ms < 10 * SECOND) return `${(ms / SECOND).toFixed(1)} s`
  const seconds = Math.round(ms / SECOND)
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`
}

/** `2026-11-21 05:00:00 UTC (3 min ago)`, in the machine's own time zone. */
export function at(iso: string, now: Date): string {
  return `${clock(iso)} (${ago(iso, now)})`
}

function clock(iso: string): string {
  const parts = new Intl.DateTimeFormat('sv-SE', {
    dateStyle: 'short',
    timeStyle: 'medium',
  }).format(new Date(iso))
  return `${parts} ${zone(iso)}`
}

function zone(iso: string): string {
  const parts = new Intl.DateTimeFormat('en-GB', { timeZoneName: 'short' }).formatToParts(new Date(iso))
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? ''
}

/** `05:00:00`, in the machine's own time zone: for lines of a log. */
export function timeOfDay(iso: string): string {
  return new Intl.DateTimeFormat('sv-SE', { timeStyle: 'medium' }).format(new Date(iso))
}
