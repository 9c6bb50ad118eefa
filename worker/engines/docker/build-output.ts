import { z } from 'zod'
import type { StepIO } from '../engine.ts'
import type { BuildFailure } from './build-verdict.ts'
import { createBuildKitProgress } from './buildkit-progress.ts'
import { decodeBuildKitStatus } from './buildkit-status.ts'
import { createLastLines } from './last-lines.ts'
import type { EngineMessage } from './read-messages.ts'

const LAST_LINES = 20
const ImageId = z.object({ ID: z.string() })
/** The classic builder paints what a program wrote to stderr red: the only sign of it in its one stream. */
const RED = '\u001b[91m'
const RUNNING_IN = /^ ---> Running in ([0-9a-f]{12,64})\n$/
const PLAIN = '\u001b[0m'

/** What has become of a build when its stream has ended. */
export type BuildResult = {
  imageId: string | null
  failure: BuildFailure | null
  lastLines: string[]
  /** short ids of the classic builder's containers */
  containers: string[]
}

/** Turns a builder's messages, BuildKit's or the classic builder's, into the run log, and remembers the end. */
export function createBuildOutput(io: Pick<StepIO, 'stdout' | 'stderr'>) {
  const last = createLastLines(LAST_LINES)
  const out = {
    stdout(text: string) {
      last.add(text)
      io.stdout(text)
    },
    stderr(text: string) {
      last.add(text)
      io.stderr(text)
    },
  }
  const progress = createBuildKitProgress(out)
  const containers: string[] = []
  let imageId: string | null = null
  let failure: BuildFailure | null = null

  function read(message: EngineMessage): void {
    if (message.error !== undefined) failure = { message: message.error, code: message.errorDetail?.code ?? null }
    else if (message.id === 'moby.buildkit.trace') progress(decodeBuildKitStatus(message.aux))
    else if (message.aux !== undefined) imageId = ImageId.safeParse(message.aux).data?.ID ?? imageId
    else if (message.stream !== undefined) classicLine(message.stream)
    else if (message.status !== undefined && message.progress === undefined) out.stdout(statusLine(message))
  }

  function classicLine(text: string): void {
    const container = RUNNING_IN.exec(text)?.[1]
    if (container !== undefined) containers.push(container)
    if (text.startsWith(RED)) out.stderr(text.slice(RED.length).replace(PLAIN, ''))
    else out.stdout(text)
  }

  return { read, result: (): BuildResult => ({ imageId, failure, lastLines: last.lines(), containers }) }
}

function statusLine(message: EngineMessage): string {
  return `${message.id === undefined ? '' : `${message.id}: `}${message.status}\n`
}
