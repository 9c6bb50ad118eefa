import type { Config } from '../../config/schema.ts'
import type { RequestJob } from '../../job/job-file.ts'
import type { Action } from '../../job/run.ts'

/** Why a request is not obeyed; null when it is. Requests from the command line must be a file of the worker's own
 *  user: the web container can write `"source": "cli"` but not own the file. Requests from the web program are obeyed
 *  as far as `web.requests` allows, and start no run with a deploy step unless that holds `deploy`. */
export function refuseRequest(
  job: RequestJob,
  facts: { ownerUid: number; workerUid: number; config: Config; actions: Action[] },
): string | null {
  const { kind } = job.request
  if (job.source === 'schedule') return 'schedules are the worker’s own; none may come through the spool'
  if (job.source === 'cli') {
    if (facts.ownerUid === facts.workerUid) return null
    return `the file belongs to user ${facts.ownerUid}, so it is no request from the command line of user ${facts.workerUid}`
  }
  const allowed: readonly string[] = facts.config.web.requests
  if (!allowed.includes(kind)) return `web.requests does not allow ${kind}`
  if (kind !== 'cancel' && facts.actions.includes('deploy') && !allowed.includes('deploy'))
    return 'web.requests does not allow runs that deploy'
  return null
}
