import type { Fault } from '../../job/letterbox-error.ts'
import { LetterboxError } from '../../job/letterbox-error.ts'

export type AwsErrorCode =
  | 'AWS_CREDENTIALS_MISSING'
  | 'AWS_CREDENTIALS_REFUSED'
  | 'AWS_PERMISSION_MISSING'
  | 'AWS_REGION_MISSING'
  | 'AWS_REGION_WRONG'
  | 'AWS_BUCKET_MISSING'
  | 'AWS_QUOTA'
  | 'AWS_THROTTLED'
  | 'AWS_UNREACHABLE'
  | 'AWS_REFUSED'
  | 'ENVIRONMENT_BUSY'
  | 'APPLICATION_MISSING'

/** What AWS, or the way to it, said no to. `operation` is the call as IAM spells it. */
export class AwsError extends LetterboxError {
  readonly code: AwsErrorCode
  readonly fault: Fault
  readonly operation: string

  constructor(facts: { code: AwsErrorCode; operation: string; said: string; hint: string; cause: unknown }) {
    super(`${facts.operation}: ${facts.said}`, { hint: facts.hint, cause: facts.cause })
    this.code = facts.code
    this.operation = facts.operation
    this.fault = facts.code === 'AWS_THROTTLED' || facts.code === 'AWS_UNREACHABLE' ? 'ours' : 'theirs'
  }
}
