/** What sites ask of the place where containers run: containers that stay. They start where only this host reaches them,
 *  and are made reachable for the reverse proxy once they are fit. */
export type SiteEngine = {
  /** Every site container of this installation, also those that have ended, oldest first.
   *  @throws EngineUnavailable */
  list(): Promise<SiteContainer[]>
  /** Starts a container that the proxy does not reach yet, and that is not restarted when it ends.
   *  @throws ContainerRefused, ImageMissing, SiteImageRefused */
  start(request: SiteStart): Promise<SiteContainer>
  /** Lets the proxy reach it, tells those who watch the engine, and has it restarted from now on. Idempotent. */
  expose(container: SiteContainer): Promise<void>
  /** What a site container was started with, for one more like it. */
  spec(container: SiteContainer): Promise<SiteSpec>
  /** null when it is gone */
  look(id: string): Promise<SiteContainer | null>
  /** The end of what it wrote, both streams. */
  lastWords(id: string): Promise<string>
  /** Memory that it uses now, in bytes; null where the engine does not say. */
  memoryUsed(id: string): Promise<number | null>
  /** Ends it gently within `graceMs`, then removes it; its named volumes stay. */
  remove(id: string, graceMs: number): Promise<void>
  hasImage(imageId: string): Promise<boolean>
}

/** An image that a host name has served before. */
export type PastImage = { image: string; imageId: string; commit: string | null; createdAt: string }

/** What a site is; it stands in the labels of its container, which are the only record of it. */
export type SiteFacts = {
  host: string
  /** `https://…` or `http://…` */
  address: string
  /** `host/path`: with `ref` the one who owns the host name */
  repository: string
  ref: string
  commit: string | null
  /** the run, or the job of a rollback, that started it */
  startedBy: string
  image: string
  imageId: string
  port: number
  health: SiteHealth
  /** name of the network that the proxy is in */
  network: string
  createdAt: string
  /** null: it stays as long as its ref */
  expiresAt: string | null
  /** newest first */
  past: PastImage[]
}

/** When a container is fit to serve: `path` is answered with a status below `below` within the time. */
export type SiteHealth = { path: string; timeoutMs: number; below: number }

export type SiteVolume = { source: string; target: string; readOnly: boolean; kind: 'named' | 'host' }

export type SiteSpec = { env: Record<string, string>; volumes: SiteVolume[]; memoryBytes: number | null }

export type SiteStart = SiteFacts & SiteSpec

export type SiteContainer = SiteFacts & {
  id: string
  running: boolean
  /** as the engine says it, e.g. `running`, `exited` */
  state: string
  /** null while it runs, and in lists */
  exitCode: number | null
  /** the proxy reaches it */
  exposed: boolean
  /** where this host reaches it; null when it does not run */
  startAddress: string | null
  proxyAddress: string | null
}
