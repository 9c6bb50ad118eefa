import { type Fault, LetterboxError } from '../letterbox-error.ts'

/** No worker has made a store here yet. */
export class StoreMissing extends LetterboxError {
  readonly code = 'STORE_MISSING'
  readonly fault: Fault = 'ours'
  readonly file: string

  constructor(file: string) {
    super(`There is no store at ${file}.`, {
      hint: 'Start the worker once with the same --data folder: it makes the store.',
    })
    this.file = file
  }
}

/** The file was written by a newer Letterbox. Nothing was changed. */
export class StoreTooNew extends LetterboxError {
  readonly code = 'STORE_TOO_NEW'
  readonly fault: Fault = 'ours'
  readonly file: string
  readonly found: number
  readonly known: number

  constructor(file: string, found: number, known: number) {
    super(`The store ${file} has schema version ${found}; this program knows versions up to ${known}.`, {
      hint: 'Run the newer Letterbox again, or restore the store that was kept before the upgrade.',
    })
    this.file = file
    this.found = found
    this.known = known
  }
}

/** A reader met a store that the worker has not migrated yet. */
export class StoreTooOld extends LetterboxError {
  readonly code = 'STORE_TOO_OLD'
  readonly fault: Fault = 'ours'
  readonly file: string
  readonly found: number
  readonly known: number

  constructor(file: string, found: number, known: number) {
    super(`The store ${file} has schema version ${found}; this program reads version ${known}.`, {
      hint: 'Start the worker of this version once: it brings the store up to date.',
    })
    this.file = file
    this.found = found
    this.known = known
  }
}

/** Not a Letterbox store, or a damaged one. */
export class StoreCorrupt extends LetterboxError {
  readonly code = 'STORE_CORRUPT'
  readonly fault: Fault = 'ours'
  readonly file: string
  readonly detail: string

  constructor(file: string, detail: string, options: { cause?: unknown } = {}) {
    super(`The store ${file} cannot be used: ${detail}.`, {
      hint: `Stop the worker and move ${file}, ${file}-wal and ${file}-shm aside. Then restore a backup, or start the worker to begin with an empty store; run logs and job files are not touched.`,
      cause: options.cause,
    })
    this.file = file
    this.detail = detail
  }
}

/** The disk (or the quota) of the data folder is full. */
export class StoreFull extends LetterboxError {
  readonly code = 'STORE_FULL'
  readonly fault: Fault = 'ours'
  readonly file: string

  constructor(file: string, options: { cause?: unknown } = {}) {
    super(`There is no room left to write the store ${file}.`, {
      hint: 'Free space on the disk of the data folder (df -h), or lower worker.keep in the config.',
      cause: options.cause,
    })
    this.file = file
  }
}

/** The store cannot be opened, read, locked or written for a reason outside the program. */
export class StoreUnavailable extends LetterboxError {
  readonly code = 'STORE_UNAVAILABLE'
  readonly fault: Fault = 'ours'
  readonly file: string
  readonly detail: string

  constructor(file: string, detail: string, options: { cause?: unknown } = {}) {
    super(`The store ${file} is not available: ${detail}.`, {
      hint: 'Check owner, mode and mount of the state folder and of the store (letterbox doctor), and that only one worker runs.',
      cause: options.cause,
    })
    this.file = file
    this.detail = detail
  }
}

/** A run was asked for by an id that the store does not hold. */
export class RunUnknown extends LetterboxError {
  readonly code = 'RUN_UNKNOWN'
  readonly fault: Fault = 'theirs'
  readonly run: string

  constructor(run: string) {
    super(`The store knows no run ${run}.`, { hint: 'List the runs with: letterbox runs' })
    this.run = run
  }
}

/** Somebody tried to change a run after its end. */
export class RunEnded extends LetterboxError {
  readonly code = 'RUN_ENDED'
  readonly fault: Fault = 'ours'
  readonly run: string
  readonly state: string

  constructor(run: string, state: string) {
    super(`Run ${run} has already ended as ${state}; it cannot be changed.`)
    this.run = run
    this.state = state
  }
}
