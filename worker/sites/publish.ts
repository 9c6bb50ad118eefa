import { readSitesState, type SiteAnswer, type SiteRecord, writeSitesState } from '../../job/sites-state.ts'
import type { SiteContainer, SiteEngine } from '../engines/site-engine.ts'

export type PublishDeps = {
  engine: SiteEngine
  stateFile: string
  now(): Date
  log: { warn(facts: object, message: string): void }
}

export type Publisher = {
  /** Tells the web program and the commands how the sites are now. An engine that does not answer leaves what was told. */
  publish(news?: { answers?: SiteAnswer[]; reconciledAt?: string }): Promise<void>
  reconciledAt(): string | null
}

const MAX_ANSWERS = 50

export function createPublisher({ engine, stateFile, now, log }: PublishDeps): Publisher {
  let before: Promise<void> = Promise.resolve()

  async function write({ answers = [], reconciledAt }: { answers?: SiteAnswer[]; reconciledAt?: string }) {
    const old = readSitesState(stateFile)
    writeSitesState(stateFile, {
      writtenAt: now().toISOString(),
      reconciledAt: reconciledAt ?? old?.reconciledAt ?? null,
      sites: (await records()) ?? old?.sites ?? [],
      answers: [...(old?.answers ?? []), ...answers].slice(-MAX_ANSWERS),
    })
  }

  async function records(): Promise<SiteRecord[] | null> {
    try {
      const serving = (await engine.list()).filter(({ exposed }) => exposed)
      const newest = new Map(serving.map((site) => [site.host, site]))
      const all = await Promise.all([...newest.values()].map((site) => record(site, engine)))
      return all.sort((a, b) => (a.host < b.host ? -1 : 1))
    } catch (err) {
      log.warn({ err }, 'the engine could not be asked for the sites')
      return null
    }
  }

  return {
    // one after the other: each reads what the last has written
    publish(news = {}) {
      before = before.catch(() => {}).then(() => write(news))
      return before
    },
    reconciledAt: () => readSitesState(stateFile)?.reconciledAt ?? null,
  }
}

async function record(site: SiteContainer, engine: SiteEngine): Promise<SiteRecord> {
  const { host, address, repository, ref, commit, startedBy, image, imageId, state, createdAt, expiresAt, past } = site
  const { memoryBytes: memoryLimit } = await engine.spec(site)
  const memoryUsed = site.running ? await engine.memoryUsed(site.id) : null
  const facts = { host, address, repository, ref, commit, startedBy, image, imageId, state, createdAt, expiresAt, past }
  return { ...facts, memoryLimit, memoryUsed }
}
