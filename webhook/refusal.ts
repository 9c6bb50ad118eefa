import { type Fault, LetterboxError } from '../job/letterbox-error.ts'

type Facts = {
  status: number
  code: string
  message: string
  hint: string
  /** for the audit line, never for the answer */
  reason: string
  retryAfterSeconds?: number
}

/** A request that is not served. `message` and `hint` are answered; `reason` is only logged. */
export class Refusal extends LetterboxError {
  readonly code: string
  readonly fault: Fault
  readonly status: number
  readonly reason: string
  readonly retryAfterSeconds: number | null

  constructor(facts: Facts) {
    super(facts.message, { hint: facts.hint })
    this.code = facts.code
    this.fault = facts.status >= 500 ? 'ours' : 'theirs'
    this.status = facts.status
    this.reason = facts.reason
    this.retryAfterSeconds = facts.retryAfterSeconds ?? null
  }
}

/** One answer for a wrong signature, a missing one and an unknown repository: nobody learns what is configured. */
export function notAccepted(reason: string): Refusal {
  return new Refusal({
    status: 401,
    code: 'NOT_ACCEPTED',
    message: 'The delivery is not accepted.',
    hint: "Check that the repository is configured and that the webhook's secret is the configured one.",
    reason,
  })
}

export function malformed(reason: string, message: string, hint: string): Refusal {
  return new Refusal({ status: 400, code: 'DELIVERY_MALFORMED', message, hint, reason })
}

export function tooLarge(reason: string): Refusal {
  return new Refusal({
    status: 413,
    code: 'BODY_TOO_LARGE',
    message: 'The body is too large.',
    hint: 'Forges send at most 25 MB.',
    reason,
  })
}

export function unsupported(reason: string): Refusal {
  return new Refusal({
    status: 415,
    code: 'UNSUPPORTED_BODY',
    message: 'The kind of body is not supported.',
    hint: 'Send application/json or application/x-www-form-urlencoded, uncompressed.',
    reason,
  })
}

/** Now is a bad time: the forge, or whoever watches it, may send the delivery again. */
export function unavailable(code: string, reason: string, retryAfterSeconds: number): Refusal {
  return new Refusal({
    status: 503,
    code,
    message: 'The delivery cannot be taken now.',
    hint: 'Send it again later.',
    reason,
    retryAfterSeconds,
  })
}

export function notFound(): Refusal {
  return new Refusal({
    status: 404,
    code: 'NOT_FOUND',
    message: 'There is nothing here.',
    hint: 'Deliveries go to POST /hooks.',
    reason: 'unknown path',
  })
}

export function methodNotAllowed(): Refusal {
  return new Refusal({
    status: 405,
    code: 'METHOD_NOT_ALLOWED',
    message: 'This method is not allowed here.',
    hint: 'Deliveries go to POST /hooks.',
    reason: 'other method',
  })
}
