import { join } from 'node:path'
import Docker from 'dockerode'
import type { Logger } from 'pino'
import type { SecretRef } from '../config/schema.ts'
import { resolveSecret } from '../config/secret.ts'
import type { ConfigWatch } from '../config/watch.ts'
import type { DataFolder } from '../job/data-folder.ts'
import type { Run } from '../job/run.ts'
import { createRunLog, readRunLog } from '../job/run-log.ts'
import type { StoreWriter } from '../job/store-port.ts'
import { createConnectAws } from './deploy/connect-aws.ts'
import type { EngineDisk } from './disk/engine-classes.ts'
import { createDockerEngine } from './engines/docker/create-docker-engine.ts'
import { engineFolder } from './engines/docker/disk-usage.ts'
import { createEngineDisk } from './engines/docker/engine-disk.ts'
import { createSiteEngine } from './engines/docker/sites/create-site-engine.ts'
import { defaultBridge, openStepNetwork } from './engines/docker/step-network.ts'
import { ensureUser } from './host-user/unprivileged-user.ts'
import { instanceId } from './instance-id.ts'
import type { QueueEntry } from './queue/queue-entry.ts'
import { openMail } from './report/open-mail.ts'
import { createOutbox, type Outbox } from './report/outbox.ts'
import { createEntriesOf } from './run/entries-of.ts'
import { createExclusive } from './run/exclusive.ts'
import { createExecuteRun } from './run/execute-run.ts'
import { createMailsOf } from './run/mails-of.ts'
import { createReadPlanned } from './run/read-planned.ts'
import { createCanaries } from './secrets/canary.ts'
import { createSites, type Sites } from './sites/create-sites.ts'
import { createSource, type GitSource } from './source/source.ts'
import { raiseBarrier, removeRules } from './step-network/firewall.ts'
import { createStepNetwork, type StepNetwork } from './step-network/step-network.ts'
import { createExecuteStep } from './steps/execute-step.ts'
import { sweepSecretFiles } from './steps/secret-files.ts'

/** Waits before trouble of ours is tried again; together a minute. */
const BACKOFF_MS = [1000, 4000, 15_000, 40_000]

export type AdapterDeps = {
  folder: DataFolder
  store: StoreWriter
  config: ConfigWatch
  env: NodeJS.ProcessEnv
  log: Logger
  /** a run log could not be written */
  writeFailed(): void
  /** what `worker.json` says has changed */
  changed(): void
  /** a run has ended or was laid down, and its log is closed */
  settled(runId: string): void
}

export type Adapters = {
  execute(run: Run, signal: AbortSignal): Promise<void>
  /** for the queue */
  entriesOf(runs: readonly Run[]): QueueEntry[]
  resolveSecret(ref: SecretRef): string
  outbox: Outbox
  sites: Sites
  stepNetwork: StepNetwork
  source: GitSource
  engineDisk: EngineDisk
  /** where the engine keeps its data */
  engineFolder(): Promise<string | null>
  /** removes containers and workspaces that a killed worker left */
  sweepLeftovers(livingRuns: string[]): Promise<void>
}

/** Connects the worker to what is outside: the engine, git, SMTP, the environment's secrets. */
export async function connectAdapters(deps: AdapterDeps): Promise<Adapters> {
  const { folder, store, config, env, log } = deps
  const user = await ensureUser(config.current().config.worker.user)
  if (!user.separate)
    log.warn({ user: user.name }, 'not started as root: git runs as the worker’s own user, nothing separates the two')
  const docker = new Docker()
  const instance = instanceId(folder.work)
  const host = () => config.current().config.worker
  const stepNetwork = createStepNetwork({
    wanted: () => host().network,
    id: instance,
    engine: { open: () => openStepNetwork(docker), defaultBridge: () => defaultBridge(docker) },
    firewall: { raise: raiseBarrier, remove: removeRules },
    changed: deps.changed,
    log,
  })
  const engine = createDockerEngine({ docker, instance, limits: () => host().limits, stepNetwork: stepNetwork.name })
  const source = createSource({ folder, user, environment: env })
  const engineDisk = createEngineDisk({ docker, instance })
  const secret = (ref: SecretRef) => resolveSecret(ref, env)
  const logFile = (run: string) => join(folder.logs, `${run}.ndjson`)
  const planned = createReadPlanned(store)
  const exclusive = createExclusive()
  const sites = createSites({
    engine: createSiteEngine({ docker, instance, log }),
    ...{ source, exclusive, secret, log },
    config: () => config.current().config,
    openRuns: () => store.openRuns().map(({ run }) => run.id),
    stateFile: folder.sitesState,
    requestFolder: folder.siteRequests,
    now: () => new Date(),
  })
  const execute = createExecuteRun({
    store,
    planned,
    source,
    engine,
    connectAws: createConnectAws(env),
    execute: createExecuteStep({ sites }),
    openLog: (run) => createRunLog({ file: logFile(run), now: () => new Date(), trouble: () => deps.writeFailed() }),
    resolveSecret: secret,
    canary: createCanaries(folder.work),
    logFile,
    mailsOf: createMailsOf(store),
    settled: deps.settled,
    now: () => new Date(),
    log,
    backoffMs: BACKOFF_MS,
    exclusive,
  })
  const outbox = createOutbox({
    store,
    open: () => openMail(config.current().config, secret),
    runLog: (run) => readRunLog(logFile(run)),
    now: () => new Date(),
    log,
  })

  return {
    execute,
    entriesOf: createEntriesOf({ planned, log }),
    resolveSecret: secret,
    outbox,
    sites,
    stepNetwork,
    source,
    engineDisk,
    engineFolder: () => engineFolder(docker),
    async sweepLeftovers(livingRuns) {
      await source.sweep(livingRuns)
      const removed = await engine.sweep(livingRuns).catch((error: unknown) => {
        log.warn({ err: error }, 'the engine could not be asked for containers left by an earlier worker')
        return 0
      })
      if (removed > 0) log.info({ removed }, 'containers left by an earlier worker removed')
      const files = await sweepSecretFiles((run) => store.run(run) !== null)
      if (files > 0) log.info({ removed: files }, 'secret files left by an earlier worker removed')
    },
  }
}
