import { randomUUID } from 'node:crypto'
import { text } from 'node:stream/consumers'
import type Dockerode from 'dockerode'
import type { BuildRequest, StepIO } from '../engine.ts'
import { BuildKitMissing, EngineFailed, EngineUnavailable, ImageBuildFailed } from '../engine-errors.ts'
import { packContext } from './build-context.ts'
import { createBuildOutput } from './build-output.ts'
import { openBuildSession } from './build-session.ts'
import { buildVerdict } from './build-verdict.ts'
import { CPU_SHARES } from './container-spec.ts'
import { dialForStream, type EngineRequest } from './dial.ts'
import { readEngineFacts } from './engine-facts.ts'
import { proveNotKilled } from './killed-containers.ts'
import { engineAnswer, isStatus, reach } from './reach.ts'
import { readMessages } from './read-messages.ts'
import { registryConfig } from './registry-auth.ts'
import type { StepBounds } from './step-limits.ts'

export type BuildDeps = {
  docker: Dockerode
  bounds: StepBounds
  /** on every image: whose it is */
  labels: Record<string, string>
  maxContextBytes: number
}

const CANCEL_MAX_MS = 4000
const CPU_PERIOD_US = 100_000

/** Builds an image by BuildKit or the classic builder. The engine answers 200 to every build it begins: the verdict
 *  stands in the stream. */
export async function buildImage(deps: BuildDeps, request: BuildRequest, io: StepIO): Promise<{ imageId: string }> {
  const facts = await readEngineFacts(deps.docker, io.signal)
  const buildKit = chooseBuilder(request, facts.buildKit)
  if (buildKit && request.memoryBytes !== null) {
    io.say('BuildKit knows no memory limit: `memory` holds for `builder: classic` alone')
  }
  const { contextPath: folder, dockerfile } = request
  const context = await packContext({ folder, dockerfile, maxBytes: deps.maxContextBytes, signal: io.signal })
  io.say(`sending ${context.files} files, ${context.bytes} bytes, to ${buildKit ? 'BuildKit' : 'the classic builder'}`)
  try {
    const bounds = buildKit ? {} : await classicBounds(request, deps.bounds)
    const build = {
      method: 'POST',
      path: '/build',
      query: { ...query(request, deps.labels), ...bounds },
      body: context.tar,
    } as const
    const imageId = buildKit
      ? await buildWithBuildKit(deps, request, build, io)
      : await followBuild(deps, request, { ...build, registryconfig: registryConfig(request.registries) }, io)
    await proveImage(deps.docker, imageId)
    return { imageId }
  } finally {
    context.tar.destroy()
  }
}

function chooseBuilder(request: BuildRequest, available: boolean): boolean {
  const secrets = Object.keys(request.secrets).length > 0
  if (request.builder === 'classic' && secrets) {
    throw new BuildKitMissing('build secrets need BuildKit, and the step asks for the classic builder', {
      hint: 'Take `builder: classic` out of the step. The classic builder could only leave a secret in a layer.',
    })
  }
  if (!available && (secrets || request.builder === 'buildkit')) {
    throw new BuildKitMissing('the step needs BuildKit, and this engine has none, or has it turned off', {
      hint: 'Docker Engine 18.09 and newer have it; look for `"buildkit": false` in /etc/docker/daemon.json.',
    })
  }
  return available && request.builder !== 'classic'
}

async function buildWithBuildKit(deps: BuildDeps, request: BuildRequest, build: EngineRequest, io: StepIO) {
  const session = await openBuildSession(deps.docker, request)
  const buildid = randomUUID()
  try {
    const query = { ...build.query, version: '2', session: session.id, buildid }
    return await followBuild(deps, request, { ...build, query }, io)
  } catch (error) {
    if (io.signal.aborted) await cancelBuild(deps.docker, buildid)
    throw error
  } finally {
    session.close()
  }
}

async function followBuild(deps: BuildDeps, request: BuildRequest, build: EngineRequest, io: StepIO): Promise<string> {
  const output = createBuildOutput(io)
  const from = new Date()
  try {
    const stream = await dialForStream(deps.docker, { ...build, signal: io.signal })
    for await (const message of readMessages(stream)) output.read(message)
  } catch (error) {
    io.signal.throwIfAborted()
    throw refusal(error, request) ?? error
  }
  io.signal.throwIfAborted()
  const { imageId, failure, lastLines, containers } = output.result()
  if (failure) await proveNotKilled(deps.docker, containers, { from, to: new Date() })
  if (failure) throw buildVerdict(failure, { dockerfile: request.dockerfile, lastLines })
  if (imageId === null)
    throw new EngineUnavailable('went away', 'the build ended without an image and without an error')
  return imageId
}

/** The classic builder answers with an HTTP error where it cannot even begin, as for a Dockerfile that does not parse. */
function refusal(error: unknown, { dockerfile }: BuildRequest): Error | null {
  const answer = engineAnswer(error)
  if (!answer) return null
  const verdict = buildVerdict({ message: answer.message, code: null }, { dockerfile, lastLines: [] })
  if (answer.status < 500 || !(verdict instanceof ImageBuildFailed)) return verdict
  return /dockerfile|Dockerfile/.test(answer.message) ? verdict : new EngineFailed(answer.message, { cause: error })
}

/** Closing the stream cancels a build, too; asking makes sure of it, whoever else listens. */
async function cancelBuild(docker: Dockerode, id: string): Promise<void> {
  const signal = AbortSignal.timeout(CANCEL_MAX_MS)
  try {
    const answer = await dialForStream(docker, { method: 'POST', path: '/build/cancel', query: { id }, signal })
    await text(answer)
  } catch (error) {
    // it has ended by itself already; what is not reached any more cannot build either
    if (!engineAnswer(error) && !(error instanceof EngineUnavailable) && !signal.aborted) throw error
  }
}

async function proveImage(docker: Dockerode, imageId: string): Promise<void> {
  try {
    await reach(() => docker.getImage(imageId).inspect())
  } catch (error) {
    if (isStatus(error, 404)) throw new EngineFailed(`the engine says it built ${imageId} and does not have it`)
    throw error
  }
}

/** The classic builder's containers are as bounded as a test's. BuildKit refuses networks and ignores limits. */
async function classicBounds(request: BuildRequest, bounds: StepBounds) {
  const { memoryBytes, cpus } = await bounds.limits()
  const memory = request.memoryBytes ?? memoryBytes
  return {
    memory,
    memswap: memory,
    cpuperiod: CPU_PERIOD_US,
    cpuquota: Math.round(cpus * CPU_PERIOD_US),
    cpushares: CPU_SHARES,
    networkmode: await bounds.network(),
  }
}

function query(request: BuildRequest, own: Record<string, string>) {
  return {
    t: request.reference,
    dockerfile: request.dockerfile,
    buildargs: JSON.stringify(request.args),
    labels: JSON.stringify({ ...request.labels, ...own }),
    target: request.target ?? undefined,
    platform: request.platform ?? undefined,
    pull: request.pull ? true : undefined,
    nocache: request.noCache ? true : undefined,
    rm: true,
    forcerm: true,
  }
}
