import type { Step } from '../../config/schema.ts'
import type { Run } from '../../job/run.ts'
import type { Engine } from '../engines/engine.ts'
import type { RunImage } from '../steps/executor.ts'

/** What an earlier life of the worker has left: which steps need not run again, and the images they built. */
export type Remains = { done: ReadonlySet<number>; begun: ReadonlySet<number>; images: RunImage[] }

/** Reads from the record what a resumed run may build on. A build whose image is no longer in the engine is done
 *  again, and with it every build and test after it; effects (push, deploy, site, script) that succeeded are not. */
export async function finishedBefore(
  run: Run,
  steps: readonly Pick<Step, 'allowFailure'>[],
  engine: Pick<Engine, 'hasImage'>,
): Promise<Remains> {
  const done = new Set<number>()
  const images: RunImage[] = []
  let rebuilt = false
  for (const { index, action, state, outputs } of run.steps) {
    const repeatable = action === 'build' || action === 'test'
    const settled = state === 'succeeded' || (state === 'failed' && steps[index]?.allowFailure === true)
    if (!settled || (rebuilt && repeatable)) continue
    if (action === 'build' && state === 'succeeded') {
      const { imageId, image } = outputs
      rebuilt = imageId === null || !(await engine.hasImage(imageId))
      if (rebuilt || imageId === null) continue
      images.push({ step: index, name: image ?? '', imageId })
    }
    done.add(index)
  }
  const begun = new Set(run.steps.filter((step) => step.state === 'running').map((step) => step.index))
  return { done, begun, images }
}
