import { LetterboxError } from '../../job/letterbox-error.ts'

/** The registry does not do what it was asked for. */
export class RegistryFailed extends LetterboxError {
  readonly code = 'REGISTRY_FAILED'
  readonly fault = 'theirs'
  constructor(address: string, reason: string, cause?: unknown) {
    super(`the registry ${address}: ${reason}`, {
      hint: "'letterbox doctor' looks at the address, the certificate and the login.",
      cause,
    })
  }
}
