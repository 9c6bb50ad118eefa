import type { Config, SecretRef } from '../../config/schema.ts'
import type { SiteAnswer } from '../../job/sites-state.ts'
import type { SiteContainer, SiteEngine } from '../engines/site-engine.ts'
import type { Exclusive } from '../run/exclusive.ts'
import type { Source } from '../source/source-port.ts'
import { answerRequests } from './answer-requests.ts'
import { removeExpired } from './expire.ts'
import { removeOrphans } from './orphans.ts'
import type { SiteOwner } from './owner.ts'
import { createPublisher } from './publish.ts'
import { reconcile } from './reconcile.ts'
import { createRequestFolder, type SiteRequest } from './request-folder.ts'
import { takeDown } from './take-down.ts'
import { type SiteIO, type Update, updateSite } from './update-site.ts'

export type SitesDeps = {
  engine: SiteEngine
  source: Pick<Source, 'remoteCommit'>
  /** shared with the steps of runs: one at a time works on a host name */
  exclusive: Exclusive
  /** the one in force */
  config(): Config
  secret(ref: SecretRef): string
  /** ids of runs that are not over */
  openRuns(): string[]
  /** `state/sites.json` */
  stateFile: string
  /** requests of the command line that are not answered yet */
  requestFolder: string
  now(): Date
  log: { info(facts: object, message: string): void; warn(facts: object, message: string): void }
}

/** What steps may ask for. The run that asks holds the key of the host name. */
export type StepSites = {
  update(update: Update, io: SiteIO): Promise<SiteContainer>
  /** `false`: there is no such site, or it belongs to somebody else; the log says which. */
  takeDown(host: string, owner: SiteOwner, io: SiteIO): Promise<boolean>
}

export type Sites = StepSites & {
  /** Removes what a killed worker left half done, and what is past its time; answers requests; tells the state. */
  tend(): Promise<void>
  /** Removes sites whose branch or tag the remote no longer has. A remote that does not answer removes nothing. */
  reconcile(): Promise<void>
  /** the last time, ISO 8601; null: never */
  reconciledAt(): string | null
  /** Keeps a request, so that it survives a crash. Obeyed by the next `tend`. */
  keep(job: string, request: SiteRequest): void
  /** What `tend` and `reconcile` wait for is given up. */
  stop(): void
}

export function createSites(given: SitesDeps): Sites {
  const stopping = new AbortController()
  const deps = { ...given, signal: stopping.signal }
  const { engine } = deps
  const publisher = createPublisher(deps)
  const requests = createRequestFolder(deps.requestFolder)

  async function publishing<T>(work: Promise<T>): Promise<T> {
    try {
      return await work
    } finally {
      await publisher.publish()
    }
  }

  async function tend(): Promise<void> {
    await removeOrphans(deps)
    await removeExpired(deps)
    const answers: SiteAnswer[] = await answerRequests(deps, requests)
    await publisher.publish({ answers })
    // only when its answer can be read is a request done with
    for (const { job } of answers) requests.remove(job)
  }

  return {
    update: (update, io) => publishing(updateSite(update, { engine }, io)),
    takeDown: (host, owner, io) => publishing(takeDown(host, owner, { engine }, io)),
    tend,
    async reconcile() {
      await reconcile(deps)
      await publisher.publish({ reconciledAt: deps.now().toISOString() })
    },
    reconciledAt: publisher.reconciledAt,
    keep: requests.keep,
    stop: () => stopping.abort(),
  }
}
