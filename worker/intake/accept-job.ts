import type { Config } from '../../config/schema.ts'
import type { JobFile } from '../../job/job-file.ts'
import { errorFacts, LetterboxError } from '../../job/letterbox-error.ts'
import type { Refusal } from '../../job/parse-job-file.ts'
import type { JobOutcome } from '../../job/store-port.ts'
import { type DeliveryDeps, outcomeOfDelivery } from './outcome-of-delivery.ts'
import { outcomeOfRequest, type RequestDeps } from './outcome-of-request.ts'

/** The config in force: what is planned now is planned with it. */
export type Active = { config: Config; digest: string; json: string }

/** What the worker makes of a parsed job file. */
export type Accepted =
  | { kind: 'outcome'; outcome: JobOutcome }
  | { kind: 'refused'; reason: Refusal }
  /** trouble of ours stands in the way: the file is kept and judged again later */
  | { kind: 'deferred'; reason: Refusal }

/** Judges a job file that is well formed. Only reads: recording is the intake's. Malformed deliveries are refused;
 *  unexpected errors are refused too, since a file that breaks us would break us again at every start. Trouble that
 *  is ours (the store, a secret that cannot be read) defers it: no push is lost for that. */
export function acceptJob(job: JobFile, ownerUid: number, deps: DeliveryDeps & RequestDeps): Accepted {
  try {
    return 'request' in job ? outcomeOfRequest(job, ownerUid, deps) : outcomeOfDelivery(job, deps)
  } catch (error) {
    const { code, message } = errorFacts(error)
    const ours = error instanceof LetterboxError && error.fault === 'ours'
    return { kind: ours ? 'deferred' : 'refused', reason: { code, message } }
  }
}
