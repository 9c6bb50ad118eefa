import type { Config } from '../config/schema.ts'
import type { Recognised } from '../forge/known/intake.ts'
import type { DataFolder } from '../job/data-folder.ts'
import type { From } from './app.ts'
import type { Log } from './log.ts'
import type { QueueLimits } from './queue-bound.ts'
import type { Answer } from './receive-delivery.ts'
import type { WriteJobDeps } from './write-job-file.ts'

/** How the program takes deliveries in: it verifies them, or as a blind relay hands them on. */
export type WebIntake = {
  config(): Pick<Config, 'server'>
  configRefused(): boolean
  unresolvedSecrets(): number
  /** @throws Refusal */
  admit(from: From): void
  /** @throws Refusal */
  accept(recognised: Recognised, body: Buffer, from: From, write: WriteJobDeps): Promise<Answer>
  queueLimits: QueueLimits
  close(): Promise<void>
}

export type WebIntakeDeps = {
  folder: DataFolder
  waiting(): Promise<{ id: string; bytes: number }[]>
  /** a clock that never goes back */
  nowMs(): number
  log: Log
}
