import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { finished } from 'node:stream/promises'
import { setTimeout as pause } from 'node:timers/promises'
import type Dockerode from 'dockerode'
import { z } from 'zod'
import { failpoint } from '../../../job/failpoint.ts'
import type { ContainerEnd, RunRequest, StepIO } from '../engine.ts'
import { ContainerRefused, EngineFailed, ImageMissing } from '../engine-errors.ts'
import { isNamedFor, stepFilter } from './container-labels.ts'
import { containerSpec } from './container-spec.ts'
import { createDemux } from './demux.ts'
import { dialForJson, dialForStream } from './dial.ts'
import { pullImage } from './image-pull.ts'
import { proveNotKilled } from './killed-containers.ts'
import { putFiles } from './put-files.ts'
import { asUnavailable, engineAnswer, isStatus, reach } from './reach.ts'
import { removeContainer } from './remove-container.ts'
import { type StepBounds, withBounds } from './step-limits.ts'

export type RunDeps = { docker: Dockerode; instance: string; bounds: StepBounds }

const WaitAnswer = z.object({ StatusCode: z.number(), Error: z.object({ Message: z.string() }).nullish() })
/** The output ends with the container, a moment after its end is known. */
const OUTPUT_DRAIN_MAX_MS = 10_000

/** Runs a container to its end. It is gone when this returns or throws, whatever happened. */
export async function runContainer(deps: RunDeps, request: RunRequest, io: StepIO): Promise<ContainerEnd> {
  await removeLeftOver(deps, request)
  io.signal.throwIfAborted()
  const id = await create(deps, await withBounds(request, deps.bounds), io)
  const gone = removeOnAbort(deps.docker, id, io.signal)
  failpoint('container-created')
  try {
    const end = await live(deps.docker, id, request, io)
    failpoint('container-ended')
    return end
  } catch (error) {
    io.signal.throwIfAborted()
    throw error
  } finally {
    await remove(deps.docker, id, io, gone)
  }
}

/** A worker that was killed has left the container of its own try at this step. */
async function removeLeftOver({ docker, instance }: RunDeps, { owner }: RunRequest): Promise<void> {
  const filters = stepFilter(instance, owner)
  const left = await reach(() => docker.listContainers({ all: true, filters }))
  for (const { Id, Names } of left) if (isNamedFor(owner.run, Names)) await removeContainer(docker, Id)
}

/** Without the signal: a request that was cut off may still make the container, and we would not know it. */
async function create(deps: RunDeps, request: RunRequest, io: StepIO): Promise<string> {
  const spec = containerSpec(request, { instance: deps.instance, random: randomUUID().slice(0, 8) })
  const tryOnce = async () => (await reach(() => deps.docker.createContainer(spec))).id
  try {
    return await tryOnce()
  } catch (error) {
    if (!isMissingImage(error)) throw refused(error)
    if (isImageId(request.image)) throw new ImageMissing(request.image)
  }
  await pullImage(deps.docker, { reference: request.image, registries: request.registries }, io)
  return await tryOnce().catch((error) => Promise.reject(refused(error)))
}

async function live(docker: Dockerode, id: string, request: RunRequest, io: StepIO): Promise<ContainerEnd> {
  if (Object.keys(request.files).length > 0) await putFiles(docker, id, request)
  const output = await attach(docker, id, io)
  try {
    const cannotStart = await start(docker, id, io)
    if (cannotStart) return cannotStart
    const end = await waitForEnd(docker, id, io.signal)
    await Promise.race([output.ended, pause(OUTPUT_DRAIN_MAX_MS, undefined, { ref: false })])
    return end
  } finally {
    output.stream.destroy()
  }
}

/** Before the start, so that not a byte is lost. */
async function attach(docker: Dockerode, id: string, io: StepIO) {
  const query = { stream: true, stdout: true, stderr: true }
  const { signal } = io
  const stream = await dialForStream(docker, { method: 'POST', path: `/containers/${id}/attach`, query, signal })
  stream.on('data', createDemux(io))
  // an output that breaks off is told by the wait beside it: the container ended, or the engine went away
  const ended = finished(stream).catch(() => {})
  return { stream, ended } satisfies { stream: IncomingMessage; ended: Promise<void> }
}

/** A command that is not there is a verdict on the step, with the exit codes that a shell gives. */
async function start(docker: Dockerode, id: string, io: StepIO): Promise<ContainerEnd | null> {
  io.signal.throwIfAborted()
  try {
    await reach(() => docker.getContainer(id).start())
    return null
  } catch (error) {
    const message = engineAnswer(error)?.message ?? ''
    const exitCode = startExitCode(message)
    if (exitCode === null) throw refused(error)
    io.stderr(`${message}\n`)
    return { exitCode, outOfMemory: false }
  }
}

/** As the docker command line does: 127 for a command that is not there, 126 for one that cannot be executed. */
function startExitCode(message: string): number | null {
  if (!/unable to start container process: exec|exec: |exec format error/.test(message)) return null
  if (/executable file not found|no such file or directory/.test(message)) return 127
  return /permission denied|is a directory|exec format error|invalid argument/.test(message) ? 126 : null
}

async function waitForEnd(docker: Dockerode, id: string, signal: AbortSignal): Promise<ContainerEnd> {
  const answer = await dialForJson(docker, { method: 'POST', path: `/containers/${id}/wait`, signal })
  const { StatusCode, Error: failure } = WaitAnswer.parse(answer)
  if (failure) throw new EngineFailed(`waiting for the container failed: ${failure.Message}`)
  const { State } = await reach(() => docker.getContainer(id).inspect())
  await proveNotKilled(docker, [id], { from: new Date(State.StartedAt), to: new Date(State.FinishedAt) })
  return { exitCode: StatusCode, outOfMemory: State.OOMKilled }
}

/** Begins the removal at once, beside whatever the step waits for. */
function removeOnAbort(docker: Dockerode, id: string, signal: AbortSignal): () => Promise<void> | null {
  let removing: Promise<void> | null = null
  const begin = () => {
    removing ??= removeContainer(docker, id)
    removing.catch(() => {})
  }
  if (signal.aborted) begin()
  signal.addEventListener('abort', begin, { once: true })
  return () => {
    signal.removeEventListener('abort', begin)
    return removing
  }
}

/** A verdict that is known is not lost because the engine went away meanwhile: the sweep finds what is left. */
async function remove(docker: Dockerode, id: string, io: StepIO, gone: () => Promise<void> | null): Promise<void> {
  try {
    await (gone() ?? removeContainer(docker, id))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    io.say(`container ${id.slice(0, 12)} could not be removed (${reason}); the next sweep tries again`)
  }
}

function isMissingImage(error: unknown): boolean {
  return (
    isStatus(error, 404) && /no such image|not found: does not exist|image/i.test(engineAnswer(error)?.message ?? '')
  )
}

function isImageId(image: string): boolean {
  return /^sha256:[0-9a-f]{64}$/.test(image)
}

function refused(error: unknown): unknown {
  const answer = engineAnswer(error)
  if (!answer) return asUnavailable(error) ?? error
  const theirs =
    answer.status < 500 ||
    /unable to find user|not found|is not a directory|chdir to cwd|OCI runtime create failed|invalid/i.test(
      answer.message,
    )
  return theirs ? new ContainerRefused(answer.message, error) : new EngineFailed(answer.message, { cause: error })
}
