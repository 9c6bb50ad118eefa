import type Dockerode from 'dockerode'
import { z } from 'zod'
import type { PushRequest } from '../engine.ts'
import { EngineFailed, PushDenied } from '../engine-errors.ts'
import { dialForJson } from './dial.ts'
import { pullImage } from './image-pull.ts'
import { engineAnswer, isStatus, reach } from './reach.ts'
import { authConfig } from './registry-auth.ts'
import { registryFailure, registryTrouble } from './registry-failure.ts'

const Distribution = z.object({ Descriptor: z.object({ digest: z.string() }) })

/** The digest under which the registry holds this very image at this reference; null when it holds none or another. */
export async function pushedDigest(
  docker: Dockerode,
  request: PushRequest,
  signal: AbortSignal,
): Promise<string | null> {
  const digest = await digestInRegistry(docker, request, signal)
  if (digest === null) return null
  const image = await inspect(docker, request.imageId)
  if (image?.RepoDigests?.includes(`${request.name}@${digest}`)) return digest
  return (await isThisImage(docker, request, digest, signal)) ? digest : null
}

async function digestInRegistry(docker: Dockerode, request: PushRequest, signal: AbortSignal): Promise<string | null> {
  const reference = `${request.name}:${request.tag}`
  const authconfig = authConfig(request.registry)
  try {
    const answer = await dialForJson(docker, {
      method: 'GET',
      path: `/distribution/${reference}/json`,
      authconfig,
      signal,
    })
    return Distribution.parse(answer).Descriptor.digest
  } catch (error) {
    signal.throwIfAborted()
    const answer = engineAnswer(error)
    if (!answer) throw error
    const trouble = registryTrouble(reference, answer.message)
    if (trouble) throw trouble
    if (answer.status === 404 || registryFailure(answer.message) === 'missing') return null
    if (registryFailure(answer.message) === 'denied') throw new PushDenied(reference, answer.message)
    throw new EngineFailed(answer.message, { cause: error })
  }
}

/** The engine forgets digests when the last tag of a name is taken off, as our push does. So it is asked to fetch that
 *  digest: where it is the same image, it has all layers and fetches little more than the manifest. */
async function isThisImage(docker: Dockerode, request: PushRequest, digest: string, signal: AbortSignal) {
  const reference = `${request.name}@${digest}`
  const registries = request.registry ? [request.registry] : []
  await pullImage(docker, { reference, registries }, { say() {}, signal })
  const pulled = await inspect(docker, reference)
  await reach(() => docker.getImage(reference).remove({ noprune: false })).catch(ignoreMissing)
  return pulled?.Id === request.imageId
}

async function inspect(docker: Dockerode, image: string) {
  return await reach(() => docker.getImage(image).inspect()).catch(ignoreMissing)
}

function ignoreMissing(error: unknown): null {
  if (isStatus(error, 404)) return null
  throw error
}
