import type { Run } from '../../job/run.ts'

/** Which of the waiting runs a newer one makes pointless: older ones of the same repository, branch and trigger that
 *  came from a push and have not begun. Tags are never superseded, nor are runs that a person asked for. */
export function superseded(waiting: readonly Run[], newer: Run): Run[] {
  if (newer.event !== 'push') return []
  return waiting.filter(
    (run) =>
      run.event === 'push' &&
      run.state === 'queued' &&
      run.id < newer.id &&
      run.repository === newer.repository &&
      run.ref === newer.ref &&
      run.trigger === newer.trigger &&
      run.attempt === 1,
  )
}
