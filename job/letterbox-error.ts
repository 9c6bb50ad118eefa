/** Whose fault an error is. Only `ours` (infrastructure: engine, network, registry, disk) may be retried;
 *  `theirs` is the verdict on what the user pushed or configured. */
export type Fault = 'ours' | 'theirs'

/** What every error of Letterbox tells, as data: it is what runs, `--json` and diagnostics carry. */
export type ErrorFacts = { code: string; message: string; hint: string | null }

/** Base of all typed errors. Subclasses give a stable SCREAMING_SNAKE `code`, a message with the facts, a hint that
 *  tells the operator what to do, and whose fault it is. Facts must never hold a secret. */
export abstract class LetterboxError extends Error {
  abstract readonly code: string
  abstract readonly fault: Fault
  readonly hint: string | null

  constructor(message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = new.target.name
    this.hint = options.hint ?? null
  }
}

/** The facts of any thrown value. What is no LetterboxError is a defect of ours and says so. */
export function errorFacts(error: unknown): ErrorFacts {
  if (error instanceof LetterboxError) return { code: error.code, message: error.message, hint: error.hint }
  const message = error instanceof Error ? error.message : String(error)
  return { code: 'UNEXPECTED', message, hint: 'This is a defect of Letterbox: please report it with the worker log.' }
}
