import type { RunEnd } from '../../job/store-port.ts'
import type { StopReason } from '../queue/stop-reason.ts'

/** What a stop means for the run; null: nothing, the next start of the worker goes on with it. */
export function endOfStopped(by: StopReason): Pick<RunEnd, 'state' | 'reason'> | null {
  switch (by.kind) {
    case 'canceled':
      return { state: 'canceled', reason: `canceled by ${by.by}` }
    case 'superseded':
      return { state: 'canceled', reason: `superseded by ${by.by}` }
    case 'time-limit':
      return { state: 'failed', reason: `the run did not end within its time limit of ${by.limitMs / 1000} s` }
    case 'worker-stops':
      return null
    default:
      return by satisfies never
  }
}
