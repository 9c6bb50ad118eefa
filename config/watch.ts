import { type BigIntStats, promises as fs } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import chokidar from 'chokidar'
import { LetterboxError } from '../job/letterbox-error.ts'
import { type Diagnostic, formatDiagnostics } from './diagnostic.ts'
import { type ConfigResult, loadConfig } from './load.ts'
import type { Config } from './schema.ts'

export type ActiveConfig = {
  config: Config
  digest: string
  json: string
  /** ISO 8601 */
  loadedAt: string
}

/** The config of a running program, always the last good one. */
export type ConfigWatch = {
  current(): ActiveConfig
  /** what is wrong with the newer file that was refused; null while the file is the active one */
  refused(): Diagnostic[] | null
  close(): Promise<void>
}

export type ConfigWatchDeps = {
  log: {
    info(facts: object, message: string): void
    warn(facts: object, message: string): void
    error(facts: object, message: string): void
  }
  /** after a new config became active, a newer file was refused, or a refused one was put right */
  onChange?(current: ActiveConfig, refused: Diagnostic[] | null): void
  now?(): Date
  timing?: Partial<WatchTiming>
}

type WatchTiming = {
  /** quiet time after the last sign of a change, so that an editor can finish */
  settleMs: number
  /** a file gone for less than this is being replaced */
  goneMs: number
  /** how often the file is looked at without any sign: for file systems and mounts that give none */
  sweepMs: number
}

const TIMING: WatchTiming = { settleMs: 100, goneMs: 1000, sweepMs: 2000 }
/** Signs that never end must not keep a change from being read. */
const MAX_SETTLE_MS = 2000

/** Loads the config and follows its file: written in place, renamed over, swapped behind a symbolic link, gone for a
 *  moment, or mounted as a single file. One change brings one reload; a bad file never replaces a good config.
 *  @throws ConfigRefused the first load failed */
export async function watchConfig(file: string, deps: ConfigWatchDeps): Promise<ConfigWatch> {
  const first = await loadConfig(file)
  if (first.kind === 'refused') throw new ConfigRefused(file, first.diagnostics)
  const watch = new FileWatch(file, first, deps)
  await watch.start()
  return { current: () => watch.current, refused: () => watch.refused, close: () => watch.close() }
}

class FileWatch {
  current: ActiveConfig
  refused: Diagnostic[] | null = null
  readonly #file: string
  readonly #deps: ConfigWatchDeps
  readonly #timing: WatchTiming
  readonly #watcher: ReturnType<typeof chokidar.watch>
  #seen = ''
  #goneSince: number | null = null
  #firstSignAt: number | null = null
  #timer: NodeJS.Timeout | undefined
  #sweep: NodeJS.Timeout | undefined
  #looking: Promise<void> | null = null
  #lookAgain = false
  #closed = false

  constructor(file: string, first: Extract<ConfigResult, { kind: 'ok' }>, deps: ConfigWatchDeps) {
    this.#file = file
    this.#deps = deps
    this.#timing = { ...TIMING, ...deps.timing }
    this.current = this.#activate(first)
    this.#watcher = watchFileAndFolder(resolve(file))
  }

  async start(): Promise<void> {
    // `raw` tells every sign of the system: chokidar's own events leave out that a linked folder was swapped.
    this.#watcher.on('raw', () => this.#sign())
    this.#watcher.on('all', () => this.#sign())
    this.#watcher.on('error', (error) =>
      this.#deps.log.warn({ error, file: this.#file }, 'the config is not watched; it is looked at every few seconds'),
    )
    await new Promise<void>((ready) => this.#watcher.once('ready', ready))
    this.#sweep = setInterval(() => this.#sweepOnce(), this.#timing.sweepMs).unref()
    // What changed between the first load and now gave no sign.
    await this.#look()
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    clearInterval(this.#sweep)
    await this.#watcher.close()
    await this.#looking
  }

  #sign(): void {
    if (this.#closed) return
    const now = performance.now()
    this.#firstSignAt ??= now
    clearTimeout(this.#timer)
    const wait = now - this.#firstSignAt > MAX_SETTLE_MS ? 0 : this.#timing.settleMs
    this.#timer = setTimeout(() => this.#look(), wait).unref()
  }

  async #sweepOnce(): Promise<void> {
    if ((await fingerprint(this.#file)) !== this.#seen) this.#sign()
  }

  /** One look at a time; a sign that comes meanwhile brings one more. */
  async #look(): Promise<void> {
    this.#firstSignAt = null
    if (this.#looking) {
      this.#lookAgain = true
      return this.#looking
    }
    this.#looking = this.#lookUntilQuiet()
    await this.#looking
    this.#looking = null
  }

  async #lookUntilQuiet(): Promise<void> {
    do {
      this.#lookAgain = false
      const before = await fingerprint(this.#file)
      const result = await loadConfig(this.#file)
      if (this.#closed) return
      this.#seen = before
      if ((await fingerprint(this.#file)) !== before) this.#sign()
      else this.#take(result)
    } while (this.#lookAgain && !this.#closed)
  }

  #take(result: ConfigResult): void {
    if (result.kind === 'ok') this.#accept(result)
    else if (isGone(result)) this.#refuseWhenLasting(result.diagnostics)
    else {
      this.#goneSince = null
      this.#refuse(result.diagnostics)
    }
  }

  #accept(result: Extract<ConfigResult, { kind: 'ok' }>): void {
    this.#goneSince = null
    const changed = result.digest !== this.current.digest
    if (!changed && this.refused === null) return
    this.refused = null
    if (changed) this.current = this.#activate(result)
    this.#deps.log.info(
      { file: this.#file, digest: result.digest },
      changed ? 'config reloaded' : 'config is right again, and the same as the active one',
    )
    this.#tell()
  }

  #refuseWhenLasting(diagnostics: Diagnostic[]): void {
    const now = performance.now()
    this.#goneSince ??= now
    if (now - this.#goneSince >= this.#timing.goneMs) this.#refuse(diagnostics)
    else this.#timer = setTimeout(() => this.#look(), this.#timing.goneMs).unref()
  }

  #refuse(diagnostics: Diagnostic[]): void {
    if (JSON.stringify(diagnostics) === JSON.stringify(this.refused)) return
    this.refused = diagnostics
    this.#deps.log.error(
      { file: this.#file, active: this.current.digest, problems: formatDiagnostics(diagnostics, { color: false }) },
      'the new config is refused; the last good one stays active',
    )
    this.#tell()
  }

  #tell(): void {
    try {
      this.#deps.onChange?.(this.current, this.refused)
    } catch (error) {
      this.#deps.log.error({ error }, 'the program could not take note of the changed config')
    }
  }

  #activate(result: Extract<ConfigResult, { kind: 'ok' }>): ActiveConfig {
    if (result.warnings.length > 0) {
      const warnings = formatDiagnostics(result.warnings, { color: false })
      this.#deps.log.warn({ file: this.#file, warnings }, 'the config has warnings')
    }
    const { config, digest, json } = result
    return { config, digest, json, loadedAt: (this.#deps.now?.() ?? new Date()).toISOString() }
  }
}

/** The folder tells of renames; the file itself of writes through a mount of that one file. In the folder only what may
 *  lead to the file matters: its own name, and `..data` and its like, which Kubernetes swaps. */
function watchFileAndFolder(file: string): ReturnType<typeof chokidar.watch> {
  const folder = dirname(file)
  return chokidar.watch([folder, file], {
    depth: 0,
    ignoreInitial: true,
    ignored: (path) => path !== folder && path !== file && !basename(path).startsWith('..'),
  })
}

/** Changes whenever the file (behind all links) is another or was written. */
async function fingerprint(file: string): Promise<string> {
  const stat: BigIntStats | null = await fs.stat(file, { bigint: true }).catch(() => null)
  return stat === null ? 'none' : [stat.dev, stat.ino, stat.size, stat.mtimeNs, stat.ctimeNs].join(':')
}

function isGone(result: Extract<ConfigResult, { kind: 'refused' }>): boolean {
  return result.diagnostics.some((diagnostic) => diagnostic.code === 'FILE_NOT_FOUND')
}

/** A program cannot start: its config has errors, and there is no earlier good one. */
export class ConfigRefused extends LetterboxError {
  readonly code = 'CONFIG_REFUSED'
  readonly fault = 'theirs'
  readonly diagnostics: Diagnostic[]
  constructor(file: string, diagnostics: Diagnostic[]) {
    const errors = diagnostics.filter((diagnostic) => diagnostic.severity === 'error').length
    super(`${file} is refused: ${errors} ${errors === 1 ? 'error' : 'errors'}, the first is ${diagnostics[0]?.code}`, {
      hint: `Run "letterbox check ${file}" to see all of them with their places.`,
    })
    this.diagnostics = diagnostics
  }
}
