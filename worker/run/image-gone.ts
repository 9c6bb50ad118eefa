import { LetterboxError } from '../../job/letterbox-error.ts'
import type { RunStep } from '../../job/run.ts'

/** The image of a build that a retry took over is no longer in the engine. */
export class ImageGone extends LetterboxError {
  readonly code = 'IMAGE_GONE'
  readonly fault = 'theirs'

  constructor({ index, name, outputs, takenFrom }: RunStep) {
    const image = `${outputs.image ?? 'the image'} (${outputs.imageId ?? 'unknown'})`
    super(`the engine no longer has ${image}, which step ${index + 1} (${name}) built in run ${takenFrom}`, {
      hint: 'Retry without --from: then it is built again.',
    })
  }
}
