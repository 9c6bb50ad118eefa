import { LetterboxError } from '../../job/letterbox-error.ts'
import type { RunImage } from './executor.ts'

export class NoImageBuilt extends LetterboxError {
  readonly code = 'NO_IMAGE_BUILT'
  readonly fault = 'theirs'

  constructor(wanted: string | null, images: RunImage[]) {
    const built = images.map((image) => image.name).join(', ') || 'nothing'
    super(wanted === null ? 'no step before this one built an image' : `this run built no image ${wanted}`, {
      hint: `Put a build step before this one. Built so far: ${built}.`,
    })
  }
}

/** The image of this run that a step means: the last of that name, or the last of all.
 *  @throws NoImageBuilt */
export function builtImage(images: RunImage[], name: string | null): RunImage {
  const found = images.findLast((image) => name === null || image.name === name)
  if (!found) throw new NoImageBuilt(name, images)
  return found
}
