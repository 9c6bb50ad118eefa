import type Dockerode from 'dockerode'
import { createLocks } from '../../locks.ts'
import type { Engine } from '../engine.ts'
import { buildImage } from './build-image.ts'
import { describeImage } from './describe-image.ts'
import { INSTANCE } from './disk-usage.ts'
import { readEngineFacts } from './engine-facts.ts'
import { imageLayers } from './image-layers.ts'
import { pushImage } from './push-image.ts'
import { pushedDigest } from './pushed-digest.ts'
import { isStatus, reach } from './reach.ts'
import { loginToRegistry } from './registry-login.ts'
import { removeRunImages } from './remove-run-images.ts'
import { runContainer } from './run-container.ts'
import { createStepLimits, DEFAULT_WANTED, type WantedLimits } from './step-limits.ts'
import { sweepContainers } from './sweep-containers.ts'

export type DockerEngineDeps = {
  docker: Dockerode
  /** stable id of this installation (its data folder): a sweep touches only what carries it */
  instance: string
  /** default 4 GiB */
  maxContextBytes?: number
  /** pause before the second try of a push, doubled before the third; default 1 s */
  pushRetryMs?: number
  /** limits of steps that name none themselves; default: a share of the engine's machine */
  limits?: () => WantedLimits
  /** the engine's network for steps that ask for `bridge`; default: the engine's own bridge */
  stepNetwork?: () => Promise<string>
}

export type DockerEngine = Engine & {
  /** Takes the local references of these runs' images off the engine; layers that nothing else needs go with them.
   *  For retention: returns how many references went. */
  removeImages(runs: string[]): Promise<number>
}

/** Containers and images on a Docker Engine, through its API alone. */
export function createDockerEngine(deps: DockerEngineDeps): DockerEngine {
  const { docker, instance } = deps
  const bounds = {
    limits: createStepLimits(docker, deps.limits ?? (() => DEFAULT_WANTED)),
    network: deps.stepNetwork ?? (async () => 'bridge'),
  }
  const build = {
    docker,
    bounds,
    labels: { [INSTANCE]: instance },
    maxContextBytes: deps.maxContextBytes ?? 4 * 1024 ** 3,
  }
  const push = { docker, inTurn: createLocks(), retryMs: deps.pushRetryMs ?? 1000 }
  return {
    facts: (signal) => readEngineFacts(docker, signal),
    build: (request, io) => buildImage(build, request, io),
    run: (request, io) => runContainer({ docker, instance, bounds }, request, io),
    push: (request, io) => pushImage(push, request, io),
    pushed: (request, signal) => pushedDigest(docker, request, signal),
    hasImage: (imageId) => hasImage(docker, imageId),
    describeImage: (imageId) => describeImage(docker, imageId),
    imageLayers: (imageId, signal) => imageLayers(docker, imageId, signal),
    sweep: (livingRuns) => sweepContainers({ docker, instance }, livingRuns),
    login: (login, signal) => loginToRegistry(docker, login, signal),
    removeImages: (runs) => removeRunImages(docker, runs),
  }
}

async function hasImage(docker: Dockerode, imageId: string): Promise<boolean> {
  try {
    await reach(() => docker.getImage(imageId).inspect())
    return true
  } catch (error) {
    if (isStatus(error, 404)) return false
    throw error
  }
}
