import { LetterboxError } from '../job/letterbox-error.ts'

/** The delivery is no delivery of the forge it claims to be from. Says which part is wrong, never what stood there:
 *  a body may hold secrets, and answers and logs must not repeat it. */
export class DeliveryMalformed extends LetterboxError {
  readonly code = 'DELIVERY_MALFORMED'
  readonly fault = 'theirs'

  constructor(problem: string) {
    super(`The delivery is malformed: ${problem}.`, {
      hint: "Send the forge's own payload unchanged, as application/json or application/x-www-form-urlencoded.",
    })
  }
}
