import { AwsError } from './aws-error.ts'
import type { Environment } from './aws-port.ts'
import { EnvironmentUnhealthy } from './deploy-errors.ts'
import { type Deployment, expectedOf, goingBack, outputsOf } from './deployment.ts'
import { healthWords, type Settled, settle } from './settle.ts'

type Unwell = Exclude<Settled, { kind: 'well' }>

/** Ends a deployment that did not get well: goes back to what was live before, if the operator wants that, and says
 *  both, what failed and what is live now.
 *  @throws EnvironmentUnhealthy, always */
export async function giveUp(unwell: Unwell, previous: string | null, deployment: Deployment): Promise<never> {
  const { order, say } = deployment
  const why = reasonOf(unwell, deployment)
  say(why)
  const back = await goBack(unwell, previous, deployment)
  throw new EnvironmentUnhealthy({
    code: CODES[unwell.kind],
    why,
    after: back.said,
    outputs: outputsOf(back.environment),
    hint: `Look at the events above and at the logs of ${order.environment} in the AWS console${order.rollback ? '' : '; `rollback: true` goes back by itself'}.`,
  })
}

const CODES = { unhealthy: 'ENVIRONMENT_UNHEALTHY', failed: 'DEPLOY_FAILED', late: 'DEPLOY_TIMEOUT' } as const

function reasonOf(unwell: Unwell, { order }: Deployment): string {
  const { environment } = unwell
  switch (unwell.kind) {
    case 'unhealthy':
      return `${order.environment} is ${healthWords(environment)} with ${order.label}`
    case 'failed':
      return `${order.label} could not be deployed to ${order.environment}: ${unwell.why}`
    case 'late':
      return `${order.environment} was still ${environment.status} with ${order.label} after ${order.waitMs / 1000} s`
    default:
      return unwell satisfies never
  }
}

type Back = { said: string; environment: Environment }

async function goBack(unwell: Unwell, previous: string | null, deployment: Deployment): Promise<Back> {
  const { order } = deployment
  const { environment } = unwell
  const now = `${environment.versionLabel ?? 'nothing'} is live`
  if (!order.rollback) return { said: now, environment }
  if (previous === null || previous === order.label)
    return { said: `there is no former version to go back to, ${now}`, environment }
  try {
    return await bringBack(unwell, previous, deployment)
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    return { said: `and it could not go back to ${previous} (${error.message})`, environment }
  }
}

async function bringBack(unwell: Unwell, previous: string, deployment: Deployment): Promise<Back> {
  const { aws, order, events, pace, say } = deployment
  // a time limit of its own: the first may be used up
  const again = { ...deployment, deadline: performance.now() + order.waitMs }
  const deps = { ...deployment, beanstalk: aws.beanstalk }
  events.mark()
  pace.news()
  if (unwell.kind === 'late' && unwell.environment.abortable) {
    say(`aborting the update of ${order.environment}`)
    await aws.beanstalk.abortUpdate(unwell.environment)
    const aborted = await settle({ ...expectedOf(again, previous, false), healthTimeoutMs: 0 }, deps)
    if (aborted.environment.versionLabel === previous) return backAt(aborted, previous)
    events.mark()
  }
  if (unwell.environment.versionLabel !== previous || unwell.kind !== 'failed') {
    say(goingBack(order.environment, previous))
    await aws.beanstalk.deployVersion(unwell.environment, previous)
    return backAt(await settle(expectedOf(again, previous, true), deps), previous)
  }
  return backAt(await settle(expectedOf(again, previous, false), deps), previous)
}

function backAt({ kind, environment }: Settled, previous: string): Back {
  const health = healthWords(environment)
  const said =
    environment.versionLabel === previous && environment.status === 'Ready'
      ? `it went back to ${previous}, which is ${health}`
      : `going back to ${previous} did not work either (${kind}): ${environment.versionLabel ?? 'nothing'} is live, ${environment.status}, ${health}`
  return { said, environment }
}
