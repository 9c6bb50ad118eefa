import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { openSpool } from '../job/spool.ts'
import { every } from './every.ts'
import type { Parts } from './start-worker.ts'

const HOUR_MS = 3_600_000

/** Once an hour: forgets finished runs beyond `worker.keep` with their logs, and removes half-written job files that
 *  a killed web program left; then what takes more disk than it may is cleaned. */
export function keepHouse({
  folder,
  store,
  config,
  governor,
  log,
}: Pick<Parts, 'folder' | 'store' | 'config' | 'governor' | 'log'>): {
  stop(): void
} {
  const spool = openSpool(folder)

  async function tidy(): Promise<void> {
    try {
      const pruned = store.prune(config.current().config.worker.keep, new Date().toISOString())
      for (const run of pruned) rmSync(join(folder.logs, `${run}.ndjson`), { force: true })
      const unfinished = await spool.clean(HOUR_MS)
      if (pruned.length + unfinished.removed > 0)
        log.info({ runs: pruned.length, unfinished: unfinished.removed }, 'old runs and half-written job files removed')
      if (unfinished.left.length > 0) log.warn({ left: unfinished.left }, 'half-written job files cannot be removed')
    } catch (error) {
      log.error({ err: error }, 'housekeeping failed; it is tried again in an hour')
    }
    await governor.check()
  }

  return every('17 * * * *', tidy)
}
