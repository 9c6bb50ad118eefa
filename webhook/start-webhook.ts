import { statfs } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { monotonicFactory } from 'ulid'
import { dataFolder } from '../job/data-folder.ts'
import { errorFacts } from '../job/letterbox-error.ts'
import { makeSpool } from '../job/make-spool.ts'
import { openSpool } from '../job/spool.ts'
import { createApp } from './app.ts'
import { createBlindIntake } from './blind/blind-intake.ts'
import type { RateLimits } from './blind/rate-limit.ts'
import { createBodyBudget } from './body-budget.ts'
import type { CommandLine } from './command-line.ts'
import { createHttpServer, HTTP_LIMITS, type HttpLimits, listen, stop } from './http-server.ts'
import type { Log } from './log.ts'
import { createOneAtATime } from './one-at-a-time.ts'
import { createQueueBound, type QueueLimits } from './queue-bound.ts'
import { createReadBody } from './read-body.ts'
import { readReadiness } from './readiness.ts'
import type { BucketLimits } from './token-buckets.ts'
import { createVerifyingIntake } from './verifying-intake.ts'

export type WebhookOptions = Omit<CommandLine, 'blind'> & {
  /** verifies nothing and needs no config: see docs/blind-relay.md */
  blind?: boolean
  env: NodeJS.ProcessEnv
  log: Log
  http?: Partial<HttpLimits>
  queue?: Partial<QueueLimits>
  maxBodyBytesInFlight?: number
  /** how much that is refused each address may send */
  refusals?: Partial<BucketLimits>
  /** how much a blind relay takes */
  rate?: Partial<RateLimits>
}

export type Webhook = { address: AddressInfo; stop(): Promise<void> }

const MAX_BODY_BYTES_IN_FLIGHT = 64 * 1024 * 1024
/** Requests in flight may take this long after the signal to stop. */
const STOP_GRACE_MS = 5000

/** Builds the webhook program from its adapters and listens. @throws ConfigRefused when the config's first load fails */
export async function startWebhook(options: WebhookOptions): Promise<Webhook> {
  const { log, blind = false } = options
  const now = () => new Date()
  const folder = dataFolder(options.data)
  const spoolProblem = isBound() ? null : makeSpool(folder)
  if (spoolProblem !== null)
    log.warn(
      { ...errorFacts(spoolProblem) },
      'the spool is not there: start the worker once with the same --data folder',
    )
  const spool = openSpool(folder)
  const intakeDeps = { folder, waiting: spool.waiting, nowMs: () => performance.now(), log }
  const intake = blind ? createBlindIntake(options, intakeDeps) : await createVerifyingIntake(options, intakeDeps)
  const queue = createQueueBound({
    waiting: spool.waiting,
    freeBytes: () => freeBytes(folder.spoolNew),
    now,
    limits: { ...intake.queueLimits, ...options.queue },
  })
  const write = { spool, queue, newId: monotonicFactory(), now }
  const app = createApp({
    config: intake.config,
    admit: intake.admit,
    accept: (recognised, body, from) => intake.accept(recognised, body, from, write),
    readBody: createReadBody(createBodyBudget(options.maxBodyBytesInFlight ?? MAX_BODY_BYTES_IN_FLIGHT)),
    oneAtATime: createOneAtATime(),
    readiness: () =>
      readReadiness({
        folder,
        queueProblem: () => queue.problem(0),
        configRefused: intake.configRefused,
        unresolvedSecrets: intake.unresolvedSecrets,
        permission: isBound(),
        blind,
        now,
      }),
    log,
  })
  const server = createHttpServer(app, { ...HTTP_LIMITS, ...options.http })
  try {
    const address = await listen(server, options.host, options.port)
    return { address, stop: () => stop(server, STOP_GRACE_MS).then(intake.close) }
  } catch (error) {
    await intake.close()
    throw error
  }
}

/** Under Node's permission model; then whoever started the program has made the spool. */
function isBound(): boolean {
  return process.permission !== undefined
}

async function freeBytes(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path)
  return bavail * bsize
}
