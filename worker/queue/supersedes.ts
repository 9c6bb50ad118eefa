import type { Run } from '../../job/run.ts'
import type { QueueEntry } from './queue-entry.ts'

/** Whether a newer run makes an older one pointless: both come from pushes of the same repository, branch and trigger,
 *  and the newer one's trigger says so; one that has `begun` gives way only to `supersede: running`. Tags are never
 *  superseded, nor are runs that a person asked for, nor do these supersede any. */
export function supersedes(newer: QueueEntry, old: { run: Run; begun: boolean }): boolean {
  if (newer.supersede === 'none' || (old.begun && newer.supersede !== 'running')) return false
  return isPush(newer.run) && isPush(old.run) && isOlder(old.run, newer.run)
}

function isPush({ event, attempt }: Run): boolean {
  return event === 'push' && attempt === 1
}

function isOlder(old: Run, newer: Run): boolean {
  return (
    old.repository === newer.repository &&
    old.ref === newer.ref &&
    old.trigger === newer.trigger &&
    old.number < newer.number
  )
}
