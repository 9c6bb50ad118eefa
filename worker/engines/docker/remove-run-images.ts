import type Dockerode from 'dockerode'
import { isStatus, reach } from './reach.ts'

/** The build step names what it builds `<image>:<run>-<step>`: only such references go. */
export async function removeRunImages(docker: Dockerode, runs: string[]): Promise<number> {
  let removed = 0
  for (const run of runs) {
    const filters = { label: [`dev.letterbox.run=${run}`] }
    const images = await reach(() => docker.listImages({ filters }))
    for (const reference of images.flatMap(({ RepoTags }) => RepoTags ?? [])) {
      if (!reference.split(':').at(-1)?.startsWith(`${run.toLowerCase()}-`)) continue
      if (await untag(docker, reference)) removed++
    }
  }
  return removed
}

/** An image that a container still uses stays: its turn comes again. */
async function untag(docker: Dockerode, reference: string): Promise<boolean> {
  try {
    await reach(() => docker.getImage(reference).remove())
    return true
  } catch (error) {
    if (isStatus(error, 404) || isStatus(error, 409)) return false
    throw error
  }
}
