import type { IncomingMessage } from 'node:http'
import type { Context } from 'koa'
import bodyParser from 'koa-bodyparser'
import type { BodyBudget, BodyShare } from './body-budget.ts'
import { BODY_TYPES, MAX_BODY_BYTES } from './check-headers.ts'
import { Refusal, tooLarge, unavailable } from './refusal.ts'

export type ReadBody = (ctx: Context) => Promise<{ body: Buffer; share: BodyShare }>

/** Reads raw bodies within the limit of one and the budget of all. Whoever takes a body releases its share. */
export function createReadBody(budget: BodyBudget): ReadBody {
  // `encoding: false` makes co-body hand over the bytes as they came; nothing is decoded or parsed before it is verified
  const options = {
    enableTypes: ['text'],
    extendTypes: { text: BODY_TYPES },
    textLimit: `${MAX_BODY_BYTES}b`,
    encoding: false,
  }
  const parse = bodyParser(options)

  return async (ctx) => {
    const share = budget.open(() => abortReading(ctx.req, overBudget()))
    const count = (chunk: Buffer) => share.grow(chunk.length)
    // in the same tick as the parser's own listener, so neither misses a chunk
    ctx.req.on('data', count)
    try {
      if (ctx.req.headers.expect !== undefined) ctx.res.writeContinue()
      await parse(ctx, async () => undefined)
      share.keep()
      return { body: rawBytes(ctx), share }
    } catch (error) {
      share.release()
      throw asRefusal(error)
    } finally {
      ctx.req.off('data', count)
    }
  }
}

/** Makes the parser let go of what it has: it stops at an error of its stream. The connection stays for the answer. */
function abortReading(request: IncomingMessage, refusal: Refusal): void {
  request.emit('error', refusal)
}

function overBudget(): Refusal {
  return unavailable('BUSY', 'bodies in flight are over the budget', 5)
}

/** No body at all is an empty one: it fails at the signature like any other wrong body. */
function rawBytes(ctx: Context): Buffer {
  const { rawBody } = ctx.request
  return Buffer.isBuffer(rawBody) ? rawBody : Buffer.alloc(0)
}

function asRefusal(error: unknown): unknown {
  if (error instanceof Refusal || !(error instanceof Error)) return error
  const type = 'type' in error ? error.type : undefined
  if (type === 'entity.too.large') return tooLarge('body over the limit')
  if (type === 'request.aborted' || type === 'request.size.invalid') return aborted()
  return error
}

function aborted(): Refusal {
  return new Refusal({
    status: 400,
    code: 'BODY_INCOMPLETE',
    message: 'The body is not complete.',
    hint: 'Send it again.',
    reason: 'the client went away',
  })
}
