import type Dockerode from 'dockerode'
import { isNamedFor, ownFilter, runOf } from './container-labels.ts'
import { reach } from './reach.ts'
import { removeContainer } from './remove-container.ts'

/** Removes what a killed worker of this installation left. Other installations on the same engine, and containers that
 *  merely inherited our labels from an image, are not touched. */
export async function sweepContainers(
  deps: { docker: Dockerode; instance: string },
  livingRuns: string[],
): Promise<number> {
  const filters = ownFilter(deps.instance)
  const ours = await reach(() => deps.docker.listContainers({ all: true, filters }))
  const left = ours.filter(({ Labels, Names }) => {
    const run = runOf(Labels)
    return run !== null && isNamedFor(run, Names) && !livingRuns.includes(run)
  })
  for (const { Id } of left) await removeContainer(deps.docker, Id)
  return left.length
}
