import { mkdirSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { monotonicFactory } from 'ulid'
import { resolveSecret } from '../config/secret.ts'
import { watchConfig } from '../config/watch.ts'
import { type DataFolder, dataFolder } from '../job/data-folder.ts'
import { errorFacts } from '../job/letterbox-error.ts'
import { openSpool } from '../job/spool.ts'
import { openStoreReader } from '../job/store.ts'
import { createApp } from './app.ts'
import { createBodyBudget } from './body-budget.ts'
import { createCandidates } from './candidates.ts'
import type { CommandLine } from './command-line.ts'
import { createHttpServer, HTTP_LIMITS, type HttpLimits, listen, stop } from './http-server.ts'
import { indexWaiting } from './index-waiting.ts'
import type { Log } from './log.ts'
import { createOneAtATime } from './one-at-a-time.ts'
import { createQueueBound, QUEUE_LIMITS, type QueueLimits } from './queue-bound.ts'
import { createReadBody } from './read-body.ts'
import { readReadiness } from './readiness.ts'
import { createSeenDeliveries } from './seen-deliveries.ts'
import { createStoredDeliveries } from './stored-deliveries.ts'

export type WebhookOptions = CommandLine & {
  env: NodeJS.ProcessEnv
  log: Log
  http?: Partial<HttpLimits>
  queue?: Partial<QueueLimits>
  maxBodyBytesInFlight?: number
}

export type Webhook = { address: AddressInfo; stop(): Promise<void> }

const MAX_BODY_BYTES_IN_FLIGHT = 64 * 1024 * 1024
const REMEMBERED_DELIVERIES = 10_000
/** Requests in flight may take this long after the signal to stop. */
const STOP_GRACE_MS = 5000

/** Builds the webhook program from its adapters and listens. @throws ConfigRefused when the config's first load fails */
export async function startWebhook(options: WebhookOptions): Promise<Webhook> {
  const { log } = options
  const now = () => new Date()
  const folder = dataFolder(options.data)
  makeSpool(folder, log)
  const spool = openSpool(folder)
  const config = await watchConfig(options.config, { log })
  const stored = createStoredDeliveries({ open: () => openStoreReader(folder.store), log })
  const seen = createSeenDeliveries({ stored: stored.find, capacity: REMEMBERED_DELIVERIES })
  await indexSpool()
  const candidates = createCandidates({ resolve: (ref) => resolveSecret(ref, options.env), log })
  const queue = createQueueBound({
    waiting: spool.waiting,
    freeBytes: () => freeBytes(folder.spoolNew),
    now,
    limits: { ...QUEUE_LIMITS, ...options.queue },
  })
  const app = createApp({
    config: () => config.current().config,
    candidates: candidates.of,
    readBody: createReadBody(createBodyBudget(options.maxBodyBytesInFlight ?? MAX_BODY_BYTES_IN_FLIGHT)),
    oneAtATime: createOneAtATime(),
    readiness: () =>
      readReadiness({
        folder,
        queueProblem: () => queue.problem(0),
        configRefused: () => config.refused() !== null,
        unresolvedSecrets: () => candidates.unresolved().length,
        now,
      }),
    spool,
    queue,
    seen,
    newId: monotonicFactory(),
    now,
    log,
  })
  candidates.of(config.current().config) // a missing secret is told at the start, not at the first delivery
  const server = createHttpServer(app, { ...HTTP_LIMITS, ...options.http })
  const close = async () => {
    await config.close()
    stored.close()
  }
  try {
    const address = await listen(server, options.host, options.port)
    return { address, stop: () => stop(server, STOP_GRACE_MS).then(close) }
  } catch (error) {
    await close()
    throw error
  }

  async function indexSpool(): Promise<void> {
    try {
      await indexWaiting({ spoolNew: folder.spoolNew, waiting: spool.waiting, seen, log })
    } catch (error) {
      log.warn({ ...errorFacts(error) }, 'the spool cannot be read yet: deliveries are refused with 503 until it can')
    }
  }
}

/** The worker makes the spool with the right owner; this is for the one who starts the webhook program first. */
function makeSpool(folder: DataFolder, log: Log): void {
  try {
    // open to pass through, as the worker would make it: its unprivileged git user must get to work/
    mkdirSync(folder.spool, { recursive: true, mode: 0o755 })
    for (const path of [folder.spoolTmp, folder.spoolNew]) mkdirSync(path, { recursive: true, mode: 0o770 })
  } catch (error) {
    log.warn({ ...errorFacts(error) }, 'the spool is not there: start the worker once with the same --data folder')
  }
}

async function freeBytes(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path)
  return bavail * bsize
}
