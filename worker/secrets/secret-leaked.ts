import { LetterboxError } from '../../job/letterbox-error.ts'

/** A secret stands where it does not belong. Names the secret and the place, never the value. */
export class SecretLeaked extends LetterboxError {
  static readonly CODE = 'SECRET_LEAKED'
  readonly code = SecretLeaked.CODE
  readonly fault = 'theirs'
  readonly secret: string
  readonly sink: string

  constructor(secret: string, sink: string) {
    super(`${secret} was found in ${sink}`, {
      hint: 'Replace the secret where it opens something. Then see how it got there: build arguments, ENV and files of a build stay in the image; use `RUN --mount=type=secret`.',
    })
    this.secret = secret
    this.sink = sink
  }
}

/** So much of an image cannot be searched: what was not looked at is not trusted either. */
export class ImageTooLargeToSearch extends LetterboxError {
  readonly code = 'IMAGE_TOO_LARGE_TO_SEARCH'
  readonly fault = 'theirs'

  constructor(image: string, maxBytes: number) {
    super(`the layers of ${image} hold more than the ${maxBytes} bytes that are searched for secrets`, {
      hint: 'Make the image smaller, or take `scan: layers` out of the step.',
    })
  }
}
