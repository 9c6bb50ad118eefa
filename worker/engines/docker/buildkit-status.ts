import { z } from 'zod'
import { loadService } from './load-service.ts'

const Time = z.object({ seconds: z.number(), nanos: z.number() }).nullish()
const BuildKitStatus = z.object({
  vertexes: z.array(
    z.object({
      digest: z.string(),
      name: z.string(),
      cached: z.boolean(),
      started: Time,
      completed: Time,
      error: z.string(),
    }),
  ),
  logs: z.array(z.object({ vertex: z.string(), stream: z.number(), msg: z.instanceof(Uint8Array) })),
  warnings: z.array(z.object({ vertex: z.string(), short: z.instanceof(Uint8Array) })),
})
/** A piece of news of a running BuildKit build. A vertex is one instruction of the Dockerfile. */
export type BuildKitStatus = z.infer<typeof BuildKitStatus>
export type BuildKitTime = z.infer<typeof Time>

const NOTHING: BuildKitStatus = { vertexes: [], logs: [], warnings: [] }
let decode: ((bytes: Buffer) => object) | null = null

/** Decodes the `aux` of a `moby.buildkit.trace` message: base64 of a protobuf StatusResponse. What cannot be read is
 *  taken for no news: progress is for people, and the verdict comes in messages of its own. */
export function decodeBuildKitStatus(aux: unknown): BuildKitStatus {
  if (typeof aux !== 'string') return NOTHING
  decode ??= loadService('control.proto', 'moby.buildkit.v1.Control').Status?.responseDeserialize ?? null
  try {
    return BuildKitStatus.parse(decode?.(Buffer.from(aux, 'base64')))
  } catch {
    return NOTHING
  }
}
