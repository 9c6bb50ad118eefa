import Router from '@koa/router'
import Koa, { type Context, type Next } from 'koa'
import type { Config } from '../config/schema.ts'
import { type Recognised, recognise } from '../forge/known/intake.ts'
import { failpoint } from '../job/failpoint.ts'
import { Forge } from '../job/job-file.ts'
import { errorFacts } from '../job/letterbox-error.ts'
import { answerUnread } from './answer-unread.ts'
import { checkHeaders } from './check-headers.ts'
import type { Log } from './log.ts'
import type { ReadBody } from './read-body.ts'
import type { Readiness } from './readiness.ts'
import type { Answer } from './receive-delivery.ts'
import { malformed, methodNotAllowed, notFound, Refusal } from './refusal.ts'
import { remoteAddress } from './remote-address.ts'

export type AppDeps = {
  config(): Pick<Config, 'server'>
  /** judges a delivery by its sender's address, before a byte of its body is read. @throws Refusal */
  admit(from: From): void
  /** takes the delivery in. @throws Refusal */
  accept(recognised: Recognised, body: Buffer, from: From): Promise<Answer>
  readBody: ReadBody
  oneAtATime<T>(work: () => Promise<T>): Promise<T>
  readiness(): Promise<Readiness>
  log: Log
}

/** The socket's peer, and who sent the request through proxies that are trusted. */
export type From = { peer: string; remote: string }

/** Reading a body and writing its job file takes several times its size, so large ones take turns. */
const LARGE_BYTES = 1024 * 1024

const DELIVERY_PATHS = ['/', '/hooks', '/hooks/:forge']

/** The routes of the webhook program. */
export function createApp(deps: AppDeps): Koa {
  const app = new Koa()
  const router = new Router({ sensitive: true })
  router.post(DELIVERY_PATHS, (ctx) => receive(ctx, ctx.params.forge, deps))
  router.get('/healthz', (ctx) => {
    ctx.body = { alive: true }
  })
  router.get('/readyz', async (ctx) => {
    const readiness = await deps.readiness()
    ctx.status = readiness.ready ? 200 : 503
    ctx.body = readiness
  })
  router.all([...DELIVERY_PATHS, '/healthz', '/readyz'], () => {
    throw methodNotAllowed()
  })
  // requests never throw here (see answerRefusals): these are connections that broke under an answer
  app.on('error', (error) => deps.log.info({ problem: errorFacts(error).message }, 'a connection ended early'))
  app.use((ctx, next) => answerRefusals(ctx, next, deps))
  app.use(router.routes())
  app.use(() => {
    throw notFound()
  })
  return app
}

async function receive(ctx: Context, pinned: string | undefined, deps: AppDeps): Promise<void> {
  if (pinned !== undefined && !Forge.safeParse(pinned).success) throw notFound()
  checkHeaders(ctx.req.headers)
  const recognised = recognise(singleHeaders(ctx))
  if (recognised === null) throw notRecognised()
  if (pinned !== undefined && pinned !== recognised.forge) throw otherForge(pinned)
  const from = { peer: peerOf(ctx), remote: remote(ctx, deps) }
  deps.admit(from)
  const { body, share } = await deps.readBody(ctx)
  failpoint('body-read')
  try {
    const receiveIt = () => deps.accept(recognised, body, from)
    const answer = body.length > LARGE_BYTES ? await deps.oneAtATime(receiveIt) : await receiveIt()
    ctx.status = 'job' in answer ? 202 : 200
    ctx.res.once('finish', () => failpoint('answered'))
    ctx.body = answer
    const { forge, delivery } = recognised
    deps.log.info({ remote: from.remote, forge, delivery, ...answer }, 'delivery')
  } finally {
    share.release()
  }
}

/** node:http joins repeated headers with commas, so these are single values, and a repeated one matches nothing. */
function singleHeaders(ctx: Context): Record<string, string> {
  return Object.fromEntries(
    Object.entries(ctx.req.headers).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}

function notRecognised(): Refusal {
  return malformed(
    'not recognised',
    'The headers are not those of a forge that is known here.',
    'GitHub sends X-GitHub-Event and X-GitHub-Delivery, Bitbucket X-Event-Key and X-Request-UUID.',
  )
}

function otherForge(pinned: string): Refusal {
  return malformed(
    `not from ${pinned}`,
    'The delivery is from another forge than its address says.',
    'Send it to POST /hooks, which takes the deliveries of every forge.',
  )
}

async function answerRefusals(ctx: Context, next: Next, deps: AppDeps): Promise<void> {
  try {
    await next()
  } catch (error) {
    const refusal = error instanceof Refusal ? error : unexpected(error, deps)
    const { code, message, hint, status, reason, retryAfterSeconds } = refusal
    ctx.status = status
    ctx.body = { error: { code, message, hint } }
    if (retryAfterSeconds !== null) ctx.set('Retry-After', String(retryAfterSeconds))
    deps.log.warn({ remote: remote(ctx, deps), status, code, reason }, 'refused')
    if (!ctx.req.complete) await answerUnread(ctx)
  }
}

function unexpected(error: unknown, { log }: AppDeps): Refusal {
  log.error({ error: errorFacts(error), stack: error instanceof Error ? error.stack : null }, 'unexpected error')
  return new Refusal({
    status: 500,
    code: 'UNEXPECTED',
    message: 'Something went wrong here.',
    hint: 'The log of the webhook program says more.',
    reason: 'unexpected error',
  })
}

function remote(ctx: Context, { config }: AppDeps): string {
  const forwardedFor = ctx.req.headers['x-forwarded-for']
  return remoteAddress(peerOf(ctx), [forwardedFor].flat().join(','), config().server.trustedProxies)
}

function peerOf(ctx: Context): string {
  return ctx.req.socket.remoteAddress ?? 'unknown'
}
