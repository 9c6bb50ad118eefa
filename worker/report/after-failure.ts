import { LetterboxError } from '../../job/letterbox-error.ts'
import { MailDeferred, MailUnreadable, MessageRefused, RecipientRefused } from './smtp-errors.ts'

/** What a failure to send means: `give-up` this mail for good, `wait` with this one alone, or `hold` them all, because
 *  no other mail would fare better now. */
export type AfterFailure = 'give-up' | 'wait' | 'hold'

export function afterFailure(error: unknown): AfterFailure {
  if (error instanceof RecipientRefused || error instanceof MessageRefused || error instanceof MailUnreadable) {
    return 'give-up'
  }
  // what nobody foresaw may lie in this very mail, and must not keep the others back for ever
  return error instanceof MailDeferred || !(error instanceof LetterboxError) ? 'wait' : 'hold'
}
