import type Dockerode from 'dockerode'
import type { EngineDisk } from '../../disk/engine-classes.ts'
import { imagesOfContainers, pruneBuildCache, readEngineUsage } from './disk-usage.ts'
import { removeRunImages } from './remove-run-images.ts'

/** What the disk governor asks of a Docker Engine. Two classes ask for its usage in one look: the engine adds up once. */
export function createEngineDisk({ docker, instance }: { docker: Dockerode; instance: string }): EngineDisk {
  let asked: { at: number; usage: ReturnType<typeof readEngineUsage> } | null = null
  return {
    usage(signal) {
      if (asked !== null && performance.now() - asked.at < FRESH_MS) return asked.usage
      const usage = readEngineUsage(docker, instance, signal)
      asked = { at: performance.now(), usage }
      usage.catch(() => {
        asked = null
      })
      return usage
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

const FRESH_MS = 5000
