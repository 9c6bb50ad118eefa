import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import { z } from 'zod'
import { asUnavailable } from './reach.ts'

/** A message longer than this is no message of an engine. */
const MAX_MESSAGE_CHARS = 64 * 1024 * 1024

/** One JSON line of the engine's build, pull and push streams. @see Docker Engine API, "Push an image" */
const EngineMessage = z.object({
  id: z.string().optional(),
  stream: z.string().optional(),
  status: z.string().optional(),
  progress: z.string().optional(),
  error: z.string().optional(),
  errorDetail: z.object({ code: z.number().optional(), message: z.string().optional() }).optional(),
  aux: z.unknown().optional(),
})
export type EngineMessage = z.infer<typeof EngineMessage>

/** Reads the stream's messages one by one; what is no message is passed over, for engines may add kinds of their own.
 *  @throws EngineUnavailable when the connection breaks */
export async function* readMessages(stream: Readable): AsyncGenerator<EngineMessage> {
  for await (const line of readLines(stream)) {
    const message = EngineMessage.safeParse(line)
    if (message.success) yield message.data
  }
}

/** The parsed JSON lines of a stream; null for a line that is none. @throws EngineUnavailable when it breaks off */
export async function* readLines(stream: Readable): AsyncGenerator<unknown> {
  for await (const line of lines(stream)) yield parseJson(line)
}

async function* lines(stream: Readable): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  try {
    for await (const chunk of stream) {
      const parts = (rest + decoder.write(chunk)).split('\n')
      rest = parts.pop() ?? ''
      if (rest.length > MAX_MESSAGE_CHARS) throw new Error('the engine sent a message without an end')
      yield* parts
    }
  } catch (error) {
    throw asUnavailable(error) ?? error
  }
  yield rest
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}
