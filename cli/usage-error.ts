import { LetterboxError } from '../job/letterbox-error.ts'

/** The command was called in a way that cannot be meant: exit code 2. */
export class UsageError extends LetterboxError {
  readonly code = 'WRONG_USAGE'
  readonly fault = 'theirs'
}
