import type Dockerode from 'dockerode'
import pRetry from 'p-retry'
import { z } from 'zod'
import { failpoint } from '../../../job/failpoint.ts'
import type { Locks } from '../../locks.ts'
import type { PushRequest, StepIO } from '../engine.ts'
import { EngineFailed, ImageMissing, PushDenied, PushRefused, RegistryUnavailable } from '../engine-errors.ts'
import { dialForStream } from './dial.ts'
import { engineAnswer, isStatus, reach } from './reach.ts'
import { readMessages } from './read-messages.ts'
import { authConfig } from './registry-auth.ts'
import { registryFailure, registryTrouble } from './registry-failure.ts'

export type PushDeps = { docker: Dockerode; inTurn: Locks; retryMs: number }

const TRIES = 3
const PushedAux = z.object({ Digest: z.string() })

/** Pushes one image under one reference. The engine pushes whatever the reference points at, so nobody else may point it
 *  elsewhere between our tag and our push. */
export function pushImage(deps: PushDeps, request: PushRequest, io: StepIO): Promise<{ digest: string }> {
  const reference = `${request.name}:${request.tag}`
  return deps.inTurn(reference, io.signal, async () => {
    io.signal.throwIfAborted()
    await tag(deps.docker, request)
    try {
      const digest = await pushWithRetries(deps, request, io)
      failpoint('pushed')
      return { digest }
    } finally {
      await untag(deps.docker, request, io)
    }
  })
}

async function tag(docker: Dockerode, { imageId, name, tag }: PushRequest): Promise<void> {
  try {
    await reach(() => docker.getImage(imageId).tag({ repo: name, tag }))
  } catch (error) {
    if (isStatus(error, 404)) throw new ImageMissing(imageId)
    const answer = engineAnswer(error)
    throw answer ? new EngineFailed(answer.message, { cause: error }) : error
  }
}

/** Tries again only what the network or the registry's own trouble has spoiled. */
function pushWithRetries(deps: PushDeps, request: PushRequest, io: StepIO): Promise<string> {
  return pRetry(() => pushOnce(deps.docker, request, io), {
    retries: TRIES - 1,
    minTimeout: deps.retryMs,
    signal: io.signal,
    shouldRetry: ({ error }) => error instanceof RegistryUnavailable && error.passing,
    onFailedAttempt: ({ error, retriesLeft }) => {
      if (error instanceof RegistryUnavailable && error.passing && retriesLeft > 0)
        io.say(`${error.message}; trying again`)
    },
  })
}

async function pushOnce(docker: Dockerode, request: PushRequest, io: StepIO): Promise<string> {
  const { name, tag, registry } = request
  const reference = `${name}:${tag}`
  let digest: string | null = null
  let failure: string | null = null
  try {
    const path = `/images/${name}/push`
    const authconfig = authConfig(registry)
    const { signal } = io
    const stream = await dialForStream(docker, { method: 'POST', path, query: { tag }, authconfig, signal })
    for await (const message of readMessages(stream)) {
      failure = message.error ?? failure
      digest = PushedAux.safeParse(message.aux).data?.Digest ?? digest
    }
  } catch (error) {
    io.signal.throwIfAborted()
    const answer = engineAnswer(error)
    if (!answer) throw error
    failure = answer.message
  }
  io.signal.throwIfAborted()
  if (failure !== null) throw pushFailure(reference, failure)
  if (digest === null) throw new EngineFailed(`the engine ended the push of ${reference} without a digest`)
  return digest
}

function pushFailure(reference: string, message: string) {
  const trouble = registryTrouble(reference, message)
  if (trouble) return trouble
  if (registryFailure(message) === 'denied') return new PushDenied(reference, message)
  return new PushRefused(reference, message)
}

/** Takes the reference off again, so that the engine does not fill up with them, unless it is the image's only one:
 *  then the image would go with it. A reference that stays is in nobody's way. */
async function untag(docker: Dockerode, { imageId, name, tag }: PushRequest, io: StepIO): Promise<void> {
  try {
    const { RepoTags } = await reach(() => docker.getImage(imageId).inspect())
    if ((RepoTags?.length ?? 0) > 1) await reach(() => docker.getImage(`${name}:${tag}`).remove({ noprune: true }))
  } catch (error) {
    if (isStatus(error, 404)) return
    io.say(`${name}:${tag} stays tagged on the engine: ${error instanceof Error ? error.message : String(error)}`)
  }
}
