import type { AwsConnection, Environment } from './aws-port.ts'
import type { DeployOutputs } from './deploy-errors.ts'
import type { DeployOrder } from './deploy-order.ts'
import type { EventsFollower } from './follow-events.ts'
import type { Pace } from './pace.ts'
import type { Expected } from './settle.ts'

/** One deployment while it goes on. */
export type Deployment = {
  order: DeployOrder
  aws: AwsConnection
  pace: Pace
  events: EventsFollower
  /** performance.now() at which its time is up */
  deadline: number
  say(line: string): void
}

/** What the environment is expected to come to. */
export function expectedOf({ order, deadline }: Deployment, label: string, justAsked: boolean): Expected {
  const { application, environment, health, healthTimeoutMs } = order
  return { application, environment, label, health, healthTimeoutMs, deadline, justAsked }
}

/** What is live there. */
export function outputsOf({ versionLabel, address, health }: Environment): DeployOutputs {
  return { versionLabel, address, health }
}

/** Said before a version goes back, and looked for after a crash: then the way back was begun. */
export function goingBack(environment: string, label: string): string {
  return `${environment} goes back to ${label}`
}
