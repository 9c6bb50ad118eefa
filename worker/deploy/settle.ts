import type { Beanstalk, Environment } from './aws-port.ts'
import { EnvironmentTerminated } from './deploy-errors.ts'
import type { EventsFollower } from './follow-events.ts'
import type { Pace } from './pace.ts'

/** How an environment came to rest. */
export type Settled =
  | { kind: 'well'; environment: Environment }
  /** ready, with the version, and not healthy for as long as it may be so */
  | { kind: 'unhealthy'; environment: Environment }
  /** ready, but Elastic Beanstalk says that the deployment failed, or has taken it back itself */
  | { kind: 'failed'; environment: Environment; why: string }
  /** not ready when the time was up */
  | { kind: 'late'; environment: Environment }

export type SettleDeps = {
  beanstalk: Pick<Beanstalk, 'environment'>
  events: EventsFollower
  pace: Pace
  say(line: string): void
}

export type Expected = {
  application: string
  environment: string
  label: string
  health: readonly string[]
  healthTimeoutMs: number
  /** performance.now() at which the time is up */
  deadline: number
  /** an update was asked for just now: until it is seen going on, an old state may still be told */
  justAsked: boolean
}

/** For how long the answers of AWS may lag behind what was asked for. */
const LAG_MS = 30_000

/** Follows the environment until it is ready and healthy, or until that is not to be expected any more.
 *  @throws EnvironmentTerminated, AwsError */
export async function settle(expected: Expected, deps: SettleDeps): Promise<Settled> {
  const askedAt = performance.now()
  let readySince: number | null = null
  let seenBusy = !expected.justAsked
  let seen = ''
  for (;;) {
    const environment = await look(expected, deps)
    const news = await deps.events.tell()
    const now = performance.now()
    if (environment.status === 'Ready') {
      const verdict = judge(environment, expected, deps)
      seenBusy ||= deps.events.told().length > 0
      const stale = !seenBusy && environment.versionLabel !== expected.label && now - askedAt < LAG_MS
      if (verdict !== null && verdict.kind !== 'unhealthy' && !stale) return verdict
      readySince ??= now
      if (!stale && now - readySince >= expected.healthTimeoutMs) return { kind: 'unhealthy', environment }
    } else {
      readySince = null
      seenBusy = true
    }
    if (now >= expected.deadline) return lateOrUnhealthy(environment)
    const state = `${environment.status}, ${healthWords(environment)}`
    if (news || state !== seen) deps.pace.news()
    if (state !== seen) deps.say(`${expected.environment} is ${state}`)
    seen = state
    await deps.pace.pause()
  }
}

/** `Red (Degraded)` */
export function healthWords({ health, healthStatus }: Environment): string {
  return healthStatus === null ? health : `${health} (${healthStatus})`
}

/** The environment as it is now. @throws EnvironmentTerminated */
async function look(expected: Expected, { beanstalk, events }: SettleDeps): Promise<Environment> {
  const { application, environment } = expected
  const found = await beanstalk.environment(application, environment)
  if (found !== null && !found.status.startsWith('Terminat')) return found
  await events.tell()
  throw new EnvironmentTerminated(environment, events.told().at(-1)?.message ?? null)
}

/** Of a ready environment; null: not healthy yet. */
function judge(environment: Environment, expected: Expected, { events }: SettleDeps): Settled | null {
  const failure = events.told().find(({ message }) => /^Failed to (deploy|launch|create)\b/.test(message))
  if (failure !== undefined) return { kind: 'failed', environment, why: failure.message }
  if (environment.versionLabel !== expected.label)
    return { kind: 'failed', environment, why: `Elastic Beanstalk went back to ${environment.versionLabel} by itself` }
  return expected.health.includes(environment.health) ? { kind: 'well', environment } : null
}

function lateOrUnhealthy(environment: Environment): Settled {
  return environment.status === 'Ready' ? { kind: 'unhealthy', environment } : { kind: 'late', environment }
}
