import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Logger } from 'pino'
import { monotonicFactory } from 'ulid'
import { type ConfigWatch, watchConfig } from '../config/watch.ts'
import { type DataFolder, dataFolder } from '../job/data-folder.ts'
import { failpoint } from '../job/failpoint.ts'
import { prepareDataFolder } from '../job/prepare-data-folder.ts'
import type { Run } from '../job/run.ts'
import { openStoreWriter } from '../job/store.ts'
import type { StoreWriter } from '../job/store-port.ts'
import { connectAdapters } from './connect-adapters.ts'
import type { Governor } from './disk/governor.ts'
import { openGovernor } from './disk/open-governor.ts'
import { createReserveFile } from './disk/reserve-file.ts'
import { every } from './every.ts'
import { createHeartbeat, type Heartbeat } from './heartbeat.ts'
import { openHatch } from './intake/hatch.ts'
import { createIntake, type Intake } from './intake/intake.ts'
import { watchSpool } from './intake/watch-spool.ts'
import { keepHouse } from './keep-house.ts'
import { createQueue, type Queue } from './queue/queue.ts'
import type { QueueEntry } from './queue/queue-entry.ts'
import { createSuspects, type Suspects } from './queue/suspects.ts'
import type { Outbox } from './report/outbox.ts'
import { keepSites, type SitesKeeper } from './sites/keep-sites.ts'
import { takeWorkerLock } from './worker-lock.ts'

export type WorkerOptions = {
  config: string
  data: string
  env: NodeJS.ProcessEnv
  /** the group of the web container's user; null where the web program runs as the worker's own user */
  webGid: number | null
  log: Logger
}

export type Worker = {
  /** Settles when the spool is empty, no run is queued or running, and the mails that were due have been tried. */
  drained(): Promise<void>
  /** Takes nothing new, lets running steps end within `worker.stopTimeout`, and leaves the rest to the next start. */
  stop(): Promise<void>
}

/** Brings the worker up: the lock, the folders, the store; then what an earlier life left open; then the spool. What
 *  was opened is closed in reverse order, when the worker stops or when it cannot start.
 *  @throws WorkerAlreadyRuns, ConfigRefused, and what the folders, the store or the unprivileged user say */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const opened = new AsyncDisposableStack()
  try {
    const { intake, queue, outbox, sitesKeeper, governor } = await bringUp(options, opened)
    return {
      async drained() {
        await intake.drain()
        // runs that wait for room on a full disk wait for the next start
        await Promise.race([queue.idle(), governor.stuck()])
        await sitesKeeper.settled()
        await outbox.drain(AbortSignal.timeout(60_000))
      },
      stop: () => opened.disposeAsync(),
    }
  } catch (error) {
    await opened.disposeAsync()
    throw error
  }
}

async function bringUp(options: WorkerOptions, opened: AsyncDisposableStack): Promise<Parts> {
  const folder = dataFolder(resolve(options.data))
  mkdirSync(folder.work, { recursive: true, mode: 0o711 })
  const lock = takeWorkerLock(folder.lock)
  opened.defer(() => lock.release())
  const parts = await assemble(folder, options, opened)
  const { intake, outbox, heartbeat, sitesKeeper } = parts
  await resume(parts)
  const watching = await watchSpool(folder.spoolNew, { arrived: () => void intake.drain(), log: options.log })
  opened.defer(() => watching.close())
  const house = keepHouse(parts)
  opened.defer(() => house.stop())
  const sweep = every('* * * * *', () => {
    void intake.drain()
    heartbeat.beat()
  })
  opened.defer(() => sweep.stop())
  heartbeat.beat()
  outbox.start()
  sitesKeeper.start()
  void intake.drain()
  void parts.governor.check()
  return parts
}

export type Parts = {
  folder: DataFolder
  store: StoreWriter
  config: ConfigWatch
  intake: Intake
  queue: Queue
  outbox: Outbox
  sitesKeeper: SitesKeeper
  suspects: Suspects
  governor: Governor
  heartbeat: Heartbeat
  entriesOf(runs: readonly Run[]): QueueEntry[]
  sweepLeftovers(livingRuns: string[]): Promise<void>
  log: Logger
}

async function assemble(folder: DataFolder, options: WorkerOptions, opened: AsyncDisposableStack): Promise<Parts> {
  const { env, log } = options
  for (const repair of prepareDataFolder(folder, options)) log.warn(repair, 'a folder was not as it must be; put right')
  const reserve = createReserveFile(folder.reserve)
  let relieve = reserve.release
  const store = openStoreWriter(folder.store, () => relieve())
  opened.defer(() => store.close())
  const config = await watchConfig(options.config, { log, onChange: () => configChanged() })
  opened.defer(() => config.close())
  store.keepConfig(config.current().digest, config.current().json)
  failpoint('config-kept')
  const adapters = await connectAdapters({
    ...{ folder, store, config, env, log },
    changed: () => heartbeat.changed(),
    writeFailed: () => void governor.relieve(),
    settled: (run) => settled(run),
  })
  const queue = createQueue({
    concurrency: config.current().config.worker.concurrency,
    execute: adapters.execute,
    mayStart: () => governor.hasRoom(),
    end: (end) => store.endRun(end),
    now: () => new Date(),
    log,
  })
  const suspects = createSuspects({ queue, concurrency: config.current().config.worker.concurrency, log })
  const intake = createIntake({
    hatch: openHatch(folder, () => governor.isFull()),
    store,
    active: config.current,
    resolveSecret: adapters.resolveSecret,
    newRunId: monotonicFactory(),
    workerUid: process.getuid?.() ?? 0,
    queued(runs) {
      queue.add(adapters.entriesOf(runs))
      heartbeat.changed()
    },
    cancel: (runId, by) => cancelRun(runId, by, { queue, store }),
    keepSiteRequest: adapters.sites.keep,
    siteAsked: () => sitesKeeper.look(),
    cleanAsked: () => void governor.check(),
    now: () => new Date(),
    log,
  })
  const sitesKeeper = keepSites({ sites: adapters.sites, every, now: () => new Date(), log })
  const heartbeat = createHeartbeat({
    file: folder.workerState,
    configFile: resolve(options.config),
    store,
    config,
    held: () => governor.held(),
    network: adapters.stepNetwork.protection,
    log,
  })
  opened.defer(() => adapters.stepNetwork.close())
  opened.defer(() => heartbeat.stop())
  opened.defer(() => adapters.outbox.stop())
  opened.defer(() => sitesKeeper.stop())
  opened.defer(() => queue.stop(config.current().config.worker.stopTimeout))
  opened.defer(() => intake.stop())

  const governor = openGovernor({
    ...{ folder, store, config, reserve, log },
    ...adapters,
    livingRuns: queue.living,
    changed: () => heartbeat.changed(),
    resume() {
      suspects.setConcurrency(config.current().config.worker.concurrency)
      void intake.drain()
    },
  })
  relieve = governor.relieve
  opened.defer(() => governor.stop())

  function settled(run: string): void {
    suspects.settled(run)
    governor.runEnded()
    adapters.outbox.kick()
    heartbeat.changed()
  }

  function configChanged(): void {
    const { config: now, digest, json } = config.current()
    store.keepConfig(digest, json)
    suspects.setConcurrency(now.worker.concurrency)
    heartbeat.changed()
    void intake.drain()
  }

  return { folder, store, config, intake, queue, heartbeat, suspects, sitesKeeper, governor, log, ...adapters }
}

/** Goes on with what an earlier life left open, oldest first; what it left lying about is removed. */
async function resume({ store, queue, log, suspects, entriesOf, sweepLeftovers }: Parts): Promise<void> {
  const open = store.openRuns()
  // nothing runs yet, and a run that goes on makes its workspace and containers anew
  await sweepLeftovers([])
  failpoint('leftovers-swept')
  if (open.length > 0) log.info({ runs: open.map(({ run }) => run.id) }, 'going on with runs that were open')
  suspects.expect(open)
  queue.add(entriesOf(open.map(({ run }) => run)))
  for (const { run, canceledBy } of open) if (canceledBy !== null) cancelRun(run.id, canceledBy, { queue, store })
}

/** A run that is open in the store and that the queue does not know of ends there, too. */
function cancelRun(run: string, by: string, { queue, store }: Pick<Parts, 'queue' | 'store'>): void {
  if (queue.cancel(run, by)) return
  store.endRun({ run, state: 'canceled', reason: `canceled by ${by}`, at: new Date().toISOString(), mails: [] })
}
