import type Dockerode from 'dockerode'
import type { RegistryLogin, StepIO } from '../engine.ts'
import { EngineFailed, ImageRefused } from '../engine-errors.ts'
import { dialForStream } from './dial.ts'
import { engineAnswer } from './reach.ts'
import { readMessages } from './read-messages.ts'
import { authConfig, loginFor, registryOf } from './registry-auth.ts'
import { registryFailure, registryTrouble } from './registry-failure.ts'

/** Pulls an image, with the login for its registry where there is one.
 *  @throws ImageRefused, RegistryUnavailable, EngineUnavailable */
export async function pullImage(
  docker: Dockerode,
  request: { reference: string; registries: RegistryLogin[] },
  io: Pick<StepIO, 'say' | 'signal'>,
): Promise<void> {
  const { reference, registries } = request
  io.say(`pulling ${reference}`)
  const failure = await pull(docker, reference, authConfig(loginFor(registryOf(reference), registries)), io.signal)
  io.signal.throwIfAborted()
  if (failure === null) return
  const refused = ['denied', 'missing'].includes(registryFailure(failure))
  throw (
    registryTrouble(reference, failure) ?? (refused ? new ImageRefused(reference, failure) : new EngineFailed(failure))
  )
}

/** The engine's reason why not; null when it is there. */
async function pull(docker: Dockerode, fromImage: string, authconfig: object, signal: AbortSignal) {
  try {
    // without a tag the engine would pull every tag there is
    const query = /@|:[^/]+$/.test(fromImage) ? { fromImage } : { fromImage, tag: 'latest' }
    const stream = await dialForStream(docker, { method: 'POST', path: '/images/create', query, authconfig, signal })
    let failure: string | null = null
    for await (const message of readMessages(stream)) failure = message.error ?? failure
    return failure
  } catch (error) {
    signal.throwIfAborted()
    const answer = engineAnswer(error)
    if (answer) return answer.message
    throw error
  }
}
