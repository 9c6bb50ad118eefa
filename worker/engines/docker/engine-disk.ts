import type Dockerode from 'dockerode'
import type { EngineDisk } from '../../disk/engine-classes.ts'
import { imagesOfContainers, pruneBuildCache, readEngineUsage } from './disk-usage.ts'
import { removeRunImages } from './remove-run-images.ts'

/** What the disk governor asks of a Docker Engine. Two classes ask for its usage in one look, which is one signal: the
 *  engine adds up once. */
export function createEngineDisk({ docker, instance }: { docker: Dockerode; instance: string }): EngineDisk {
  let asked: { by: AbortSignal; usage: ReturnType<typeof readEngineUsage> } | null = null
  return {
    usage(signal) {
      if (asked?.by !== signal) asked = { by: signal, usage: readEngineUsage(docker, instance, signal) }
      return asked.usage
    },
    imagesInUse: () => imagesOfContainers(docker),
    async removeImages(runs) {
      asked = null
      return removeRunImages(docker, runs)
    },
    async pruneCache(keep, signal) {
      asked = null
      return pruneBuildCache(docker, keep, signal)
    },
  }
}
