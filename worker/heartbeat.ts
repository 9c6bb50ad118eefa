import { rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { z } from 'zod'
import { formatDiagnostics } from '../config/diagnostic.ts'
import type { ConfigWatch } from '../config/watch.ts'
import type { StoreWriter } from '../job/store-port.ts'
import { type NetworkProtection, type WorkerState, writeWorkerState } from '../job/worker-state.ts'

export type Heartbeat = {
  /** writes now */
  beat(): void
  /** something changed: writes within half a second */
  changed(): void
  /** takes the file away: a worker that has ended is not seen any more */
  stop(): void
}

export type HeartbeatDeps = {
  file: string
  configFile: string
  store: Pick<StoreWriter, 'counts'>
  config: ConfigWatch
  /** why no run starts; null: nothing is held back */
  held(): string | null
  network(): NetworkProtection | null
  log: { error(facts: object, message: string): void }
}

const Package = z.object({ version: z.string() })
const { version } = Package.parse(createRequire(import.meta.url)('../package.json'))

/** Tells the web program and the commands how the worker is (`state/worker.json`): when something changes, and with the
 *  sweep every minute, so that `seenAt` stays young. */
export function createHeartbeat(deps: HeartbeatDeps): Heartbeat {
  const aliveSince = new Date().toISOString()
  let timer: NodeJS.Timeout | null = null

  function beat(): void {
    if (timer) clearTimeout(timer)
    timer = null
    try {
      writeWorkerState(deps.file, stateOf(deps, aliveSince))
    } catch (error) {
      deps.log.error({ err: error }, 'the state of the worker could not be written')
    }
  }

  return {
    beat,
    stop() {
      if (timer) clearTimeout(timer)
      rmSync(deps.file, { force: true })
    },
    changed() {
      timer ??= setTimeout(beat, 500)
    },
  }
}

function stateOf({ store, config, configFile, held, network }: HeartbeatDeps, aliveSince: string): WorkerState {
  const { digest, loadedAt } = config.current()
  const refused = config.refused()
  return {
    version,
    pid: process.pid,
    aliveSince,
    seenAt: new Date().toISOString(),
    ...store.counts(),
    held: held(),
    network: network(),
    config: {
      file: configFile,
      active: digest,
      loadedAt,
      refused: refused && formatDiagnostics(refused, { color: false }),
    },
  }
}
