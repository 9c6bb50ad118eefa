import { AwsRefusal } from './aws-refusal.ts'

/** What the double is told to do wrong. */
export type Faults = {
  /** the next calls of an operation are throttled, or all until told otherwise */
  throttle(operation: string, times: number): void
  /** the next calls of an operation are refused so */
  refuse(operation: string, error: { status?: number; code: string; message: string }, times?: number): void
  /** the connection is cut in the middle of the next calls */
  cut(operation: string, times: number): void
  /** an IAM action is not allowed any more */
  deny(action: string): void
  allow(action: string): void
  /** Called for each request. @throws AwsRefusal; returns `cut` to drop the connection */
  meet(operation: string, actions: readonly string[]): 'cut' | null
}

const USER = 'arn:aws:iam::123456789012:user/letterbox'

export function createFaults(): Faults {
  const waiting: { operation: string; left: number; error: AwsRefusal | 'cut' }[] = []
  const denied = new Set<string>()
  const next = (operation: string) => waiting.find((fault) => fault.operation === operation && fault.left > 0)

  return {
    throttle: (operation, times) => {
      waiting.push({ operation, left: times, error: new AwsRefusal(400, 'Throttling', 'Rate exceeded') })
    },
    refuse: (operation, { status = 400, code, message }, times = 1) => {
      waiting.push({ operation, left: times, error: new AwsRefusal(status, code, message) })
    },
    cut: (operation, times) => void waiting.push({ operation, left: times, error: 'cut' }),
    deny: (action) => void denied.add(action),
    allow: (action) => void denied.delete(action),
    meet(operation, actions) {
      const fault = next(operation)
      if (fault) {
        fault.left--
        if (fault.error === 'cut') return 'cut'
        throw fault.error
      }
      const missing = actions.find((action) => denied.has(action))
      if (missing === undefined) return null
      const why = `User: ${USER} is not authorized to perform: ${missing} on resource: * because no identity-based policy allows the ${missing} action`
      throw new AwsRefusal(403, 'AccessDenied', why)
    },
  }
}
