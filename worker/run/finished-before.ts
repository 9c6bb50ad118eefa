import type { Step } from '../../config/schema.ts'
import type { Action, Run, RunStep } from '../../job/run.ts'
import type { Engine } from '../engines/engine.ts'
import type { PushedImage, RunImage } from '../steps/executor.ts'
import { ImageGone } from './image-gone.ts'

const NEEDS_IMAGE: ReadonlySet<Action> = new Set(['test', 'push', 'site'])

/** What an earlier life of the worker has left: which steps need not run again, and the images they built and pushed. */
export type Remains = {
  done: ReadonlySet<number>
  begun: ReadonlySet<number>
  images: RunImage[]
  pushed: PushedImage[]
}

/** Reads from the record what a resumed run may build on. A build whose image is no longer in the engine is done
 *  again, and with it every build and test after it; effects (push, deploy, site, script) that succeeded are not. One
 *  that was taken from another run is not built again: a retry from a step on promises the same image.
 *  @throws ImageGone */
export async function finishedBefore(
  run: Run,
  steps: readonly Pick<Step, 'allowFailure'>[],
  engine: Pick<Engine, 'hasImage'>,
): Promise<Remains> {
  const done = new Set<number>()
  const images: RunImage[] = []
  const pushed: PushedImage[] = []
  let rebuilt = false
  const gone: RunStep[] = []
  for (const step of run.steps) {
    const { index, action, state, outputs, takenFrom } = step
    const repeatable = action === 'build' || action === 'test'
    const settled = state === 'succeeded' || (state === 'failed' && steps[index]?.allowFailure === true)
    if (!settled || (rebuilt && repeatable)) continue
    if (action === 'build' && state === 'succeeded') {
      const { imageId, image } = outputs
      const isThere = imageId !== null && (await engine.hasImage(imageId))
      if (isThere) images.push({ step: index, name: image ?? '', imageId })
      else if (takenFrom !== null) gone.push(step)
      else rebuilt = true
      if (rebuilt) continue
    }
    const { image: name, digest } = outputs
    if (action === 'push' && name !== null && digest !== null) pushed.push({ step: index, name, digest })
    done.add(index)
  }
  const needed = run.steps.some(({ index, action }) => !done.has(index) && NEEDS_IMAGE.has(action))
  if (gone[0] && needed) throw new ImageGone(gone[0])
  const begun = new Set(run.steps.filter((step) => step.state === 'running').map((step) => step.index))
  return { done, begun, images, pushed }
}
