import type { SiteContainer, SiteEngine, SiteFacts } from '../../../../worker/engines/site-engine.ts'

export function siteFacts(change: Partial<SiteFacts> = {}): SiteFacts {
  return {
    host: 'a.dev.example.com',
    address: 'http://a.dev.example.com',
    repository: 'github.com/acme/shop',
    ref: 'refs/heads/a',
    commit: 'a'.repeat(40),
    startedBy: '01KRUN',
    image: 'acme/shop',
    imageId: 'sha256:1',
    port: 80,
    health: { path: '/', timeoutMs: 50, below: 500 },
    network: 'proxy',
    createdAt: '2026-11-21T05:00:00.000Z',
    expiresAt: null,
    past: [],
    ...change,
  }
}

/** Containers in memory; `done` tells in order what was asked. They are reached where `address` says. */
export function fakeSiteEngine(address: string | null, there: SiteContainer[] = []) {
  const containers = new Map(there.map((one) => [one.id, one]))
  const done: string[] = []
  let count = there.length
  const engine: SiteEngine = {
    list: async () => [...containers.values()],
    async start(facts) {
      const site = container(`c${++count}`, { ...facts }, { startAddress: address })
      containers.set(site.id, site)
      done.push(`start ${site.id}`)
      return site
    },
    async expose({ id }) {
      const site = containers.get(id)
      if (site) containers.set(id, { ...site, exposed: true })
      done.push(`expose ${id}`)
    },
    spec: async () => ({ env: {}, volumes: [], memoryBytes: null }),
    look: async (id) => containers.get(id) ?? null,
    lastWords: async () => 'last words\n',
    memoryUsed: async () => 1,
    async remove(id) {
      containers.delete(id)
      done.push(`remove ${id}`)
    },
    hasImage: async (imageId) => imageId !== 'sha256:gone',
  }
  return { engine, done, containers }
}

export function container(id: string, facts: Partial<SiteFacts>, change: Partial<SiteContainer> = {}): SiteContainer {
  return {
    ...siteFacts(facts),
    ...{ id, running: true, state: 'running', exitCode: null, exposed: false, startAddress: null, proxyAddress: null },
    ...change,
  }
}
