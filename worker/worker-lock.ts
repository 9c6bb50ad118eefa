import { DatabaseSync } from 'node:sqlite'
import { LetterboxError } from '../job/letterbox-error.ts'

/** Another worker works on this data folder. */
export class WorkerAlreadyRuns extends LetterboxError {
  readonly code = 'WORKER_ALREADY_RUNS'
  readonly fault = 'theirs'

  constructor(file: string, cause: unknown) {
    super(`another worker already works on this data folder (${file} is locked)`, {
      hint: 'One worker serves one data folder. Stop the other one, or give this one another --data.',
      cause,
    })
  }
}

/** Takes the one lock of a data folder and holds it until it is released or the process dies: it is a lock of the
 *  kernel (SQLite's exclusive lock on a file that stays empty, fcntl(2)), so no stale one is left by a killed worker.
 *  @throws WorkerAlreadyRuns */
export function takeWorkerLock(file: string): { release(): void } {
  const database = new DatabaseSync(file, { timeout: 0 })
  try {
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
  } catch (error) {
    database.close()
    if (error instanceof Error && /locked|busy/i.test(error.message)) throw new WorkerAlreadyRuns(file, error)
    throw error
  }
  return { release: () => database.close() }
}
