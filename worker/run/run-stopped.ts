import type { StepError } from '../../job/run.ts'
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
      return { state: 'failed', reason: `RUN_TIMEOUT: ${runTimeout(by.limitMs).message}` }
    case 'worker-stops':
      return null
    default:
      return by satisfies never
  }
}

/** Why a step was ended that was under way when the time of its run was over. */
export function runTimeout(limitMs: number): StepError {
  return {
    code: 'RUN_TIMEOUT',
    message: `the run did not end within its time limit of ${limitMs / 1000} s`,
    hint: 'Give the trigger a longer `timeout`, or steps a shorter one of their own.',
  }
}
