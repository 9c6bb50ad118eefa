import { finished } from 'node:stream/promises'
import type { Context } from 'koa'

/** How long a refused client may take to read its answer, and how much it may go on sending meanwhile. */
const LINGER_MS = 1000
const LINGER_BYTES = 1024 * 1024

/** Answers a request whose body is not read to its end. Closing at once would reset the connection, and a client that
 *  is still sending would never see the answer: so a little more is dropped as it comes, the rest is left standing,
 *  and after a moment the connection is ended. */
export async function answerUnread(ctx: Context): Promise<void> {
  const answer = Buffer.from(JSON.stringify(ctx.body))
  ctx.respond = false
  ctx.length = answer.length
  ctx.res.write(answer)
  dropSome(ctx)
  try {
    await finished(ctx.req, { signal: AbortSignal.timeout(LINGER_MS), cleanup: true })
  } catch {
    // it went away or goes on sending: either way it has its answer
  }
  ctx.res.end()
  if (!ctx.req.complete) ctx.req.socket.destroy()
}

function dropSome({ req }: Context): void {
  let dropped = 0
  req.on('data', (chunk: Buffer) => {
    dropped += chunk.length
    if (dropped > LINGER_BYTES) req.pause()
  })
  req.resume()
}
