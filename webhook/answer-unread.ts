import { finished } from 'node:stream/promises'
import type { Context } from 'koa'

/** How long a refused client may go on sending, so that it gets to read the answer. */
const LINGER_MS = 1000

/** Answers a request whose body is not read to its end. Closing at once would reset the connection, and a client that
 *  is still sending would never see the answer: so the rest is dropped as it comes, for a moment, and then the
 *  connection is ended. */
export async function answerUnread(ctx: Context): Promise<void> {
  const answer = Buffer.from(JSON.stringify(ctx.body))
  ctx.respond = false
  ctx.length = answer.length
  ctx.res.write(answer)
  ctx.req.resume()
  try {
    await finished(ctx.req, { signal: AbortSignal.timeout(LINGER_MS), cleanup: true })
  } catch {
    // it went away or goes on sending: either way it has its answer
  }
  ctx.res.end()
  if (!ctx.req.complete) ctx.req.socket.destroy()
}
