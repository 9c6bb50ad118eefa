import { errorFacts } from '../job/letterbox-error.ts'
import type { StoreReader } from '../job/store-port.ts'
import type { Log } from './log.ts'
import type { DeliveryMark } from './seen-deliveries.ts'

type Deps = { open(): Pick<StoreReader, 'seen' | 'close'>; log: Log }

export type StoredDeliveries = {
  /** the job that the store has for it; null also while there is no store to read */
  find(mark: DeliveryMark): string | null
  close(): void
}

/** Asks the worker's store, which may not be there yet. Without it the worker finds repetitions itself, so trouble
 *  with it costs no delivery; it is logged when it changes. */
export function createStoredDeliveries({ open, log }: Deps): StoredDeliveries {
  let reader: Pick<StoreReader, 'seen' | 'close'> | null = null
  let problem: string | null = null

  return {
    find(mark) {
      try {
        reader ??= open()
        const job = reader.seen(mark.forge, mark.delivery, mark.bodyDigest)
        problem = null
        return job
      } catch (error) {
        reader?.close()
        reader = null
        report(error)
        return null
      }
    },
    close: () => reader?.close(),
  }

  function report(error: unknown): void {
    const facts = errorFacts(error)
    if (facts.code !== problem) log.warn({ ...facts }, 'the store cannot be asked for repeated deliveries')
    problem = facts.code
  }
}
