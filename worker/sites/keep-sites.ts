import type { Sites } from './create-sites.ts'

const HOUR_MS = 3_600_000

export type KeeperDeps = {
  sites: Pick<Sites, 'tend' | 'reconcile' | 'reconciledAt' | 'stop'>
  /** calls on each tick of a cron expression */
  every(cron: string, tick: () => void): { stop(): void }
  now(): Date
  log: { error(facts: object, message: string): void }
}

export type SitesKeeper = {
  start(): void
  /** Looks after the sites at once: something was asked for. */
  look(): void
  /** Settles when nothing is left to do now. */
  settled(): Promise<void>
  /** What was begun and would take long is laid down, and begun again by the next start. */
  stop(): Promise<void>
}

/** Looks after the sites as long as the worker lives: at its start and every minute what is half done, over or asked for;
 *  every hour whether the remotes still have their refs. One thing after the other. */
export function keepSites({ sites, every, now, log }: KeeperDeps): SitesKeeper {
  let working: Promise<void> = Promise.resolve()
  let waiting = false
  let live = false
  let ticks: { stop(): void }[] = []

  function queue(work: () => Promise<void>): void {
    working = working.then(work).catch((err: unknown) => {
      log.error({ err }, 'the sites could not be looked after; it is tried again')
    })
  }

  function look(): void {
    if (waiting || !live) return
    waiting = true
    queue(async () => {
      waiting = false
      await sites.tend()
    })
  }

  function reconcile(): void {
    const last = sites.reconciledAt()
    const due = last === null || now().getTime() - Date.parse(last) >= HOUR_MS
    if (due && live) queue(sites.reconcile)
  }

  return {
    look,
    start() {
      live = true
      ticks = [every('* * * * *', look), every('* * * * *', reconcile)]
      look()
      reconcile()
    },
    async settled() {
      for (let seen: Promise<void> | null = null; seen !== working; ) {
        seen = working
        await seen
      }
    },
    async stop() {
      live = false
      for (const tick of ticks) tick.stop()
      sites.stop()
      await working
    },
  }
}
