import type { AwsConnection, ConnectAws, Environment } from './aws-port.ts'
import { makeBundle } from './bundle/make-bundle.ts'
import { packBundle } from './bundle/pack-bundle.ts'
import type { CredentialsFile } from './bundle/registry-access.ts'
import {
  ApplicationMissing,
  type DeployOutputs,
  EnvironmentBusy,
  EnvironmentMissing,
  EnvironmentUnhealthy,
} from './deploy-errors.ts'
import type { DeployOrder } from './deploy-order.ts'
import { type Deployment, expectedOf, goingBack, outputsOf } from './deployment.ts'
import { followEvents } from './follow-events.ts'
import { goForward, type IsAncestor } from './forward-only.ts'
import { makeVersion, reuseVersion } from './make-version.ts'
import { createPace } from './pace.ts'
import { putCredentials } from './put-credentials.ts'
import { giveUp } from './roll-back.ts'
import { healthWords, settle } from './settle.ts'
import { readVersionNote } from './version-note.ts'

export type DeployDeps = {
  connect: ConnectAws
  isAncestor: IsAncestor
  say(line: string): void
  signal: AbortSignal
  /** lines that this step has said in an earlier life of the worker, and when that began; null: it begins now */
  before: { lines: string[]; begunAt: Date } | null
}

/** Brings a version of the application to its environment and waits until it is well. It asks before each act whether
 *  that is there already, so it may be repeated at any time.
 *  @throws the errors in deploy-errors.ts, AwsError */
export async function deploy(order: DeployOrder, deps: DeployDeps): Promise<DeployOutputs> {
  const aws = await deps.connect(order.region, deps.signal)
  try {
    const events = await followEvents({
      beanstalk: aws.beanstalk,
      application: order.application,
      environment: order.environment,
      say: deps.say,
      earlier: deps.before?.lines ?? [],
      begunAt: deps.before?.begunAt ?? null,
    })
    const deadline = performance.now() + order.waitMs
    const deployment = { order, aws, events, deadline, pace: createPace(deps.signal), say: deps.say }
    return await carryOut(deployment, deps)
  } finally {
    aws.close()
  }
}

async function carryOut(deployment: Deployment, deps: DeployDeps): Promise<DeployOutputs> {
  const { order, aws, say } = deployment
  await needApplication(deployment)
  const bucket = order.bucket ?? (await aws.beanstalk.ownBucket())
  const { files, credentials, notes } = await makeBundle(order.bundle, bucket)
  for (const note of notes) say(note)
  const bundle = await packBundle(files)
  const there = await aws.beanstalk.version(order.application, order.label)
  const wanted = { application: order.application, label: order.label, commit: order.commit, bucket, bundle }
  if (there !== null) reuseVersion(there, wanted, say)

  const live = await restingEnvironment(deployment)
  const runs = there !== null && live?.versionLabel === order.label
  if (live !== null) checkWayBack(live, order, deps)
  if (!runs && live !== null) await checkDirection(live, deployment, deps)
  await giveCredentials(credentials, bucket, aws, say)
  if (runs && order.health.includes(live.health)) {
    say(`${order.environment} runs ${order.label} already and is ${healthWords(live)}: nothing to do`)
    return outputsOf(live)
  }
  // what was live before this version, also where an earlier try has brought it there
  const previous = runs ? (readVersionNote(there.description)?.previous ?? null) : (live?.versionLabel ?? null)
  await makeVersion({ ...wanted, previous }, there, deployment)
  if (!runs) await ask(live, deployment)
  return await follow({ deployment, previous, justAsked: !runs })
}

async function needApplication({ order, aws, say }: Deployment): Promise<void> {
  if (await aws.beanstalk.hasApplication(order.application)) return
  if (!order.createApplication) throw new ApplicationMissing(order.application, aws.region)
  await aws.beanstalk.createApplication(order.application)
  say(`created the application ${order.application}`)
}

/** The environment when nothing is changed on it any more; null: there is none, and one may be created.
 *  @throws EnvironmentMissing, EnvironmentBusy, EnvironmentTerminated */
async function restingEnvironment({
  order,
  aws,
  events,
  pace,
  deadline,
  say,
}: Deployment): Promise<Environment | null> {
  let status = ''
  for (;;) {
    const found = await aws.beanstalk.environment(order.application, order.environment)
    if (found === null && order.create === null) throw new EnvironmentMissing(order.environment, order.application)
    if (found === null || found.status === 'Ready') {
      // also what came while no worker lived
      await events.tell()
      return found
    }
    if (found.status !== status) say(`${order.environment} is ${found.status}: waiting for the end of that`)
    if ((await events.tell()) || found.status !== status) pace.news()
    status = found.status
    if (performance.now() >= deadline) throw new EnvironmentBusy(order.environment, status, order.waitMs)
    await pace.pause()
  }
}

/** An earlier life of the worker saw the new version fail and had begun to go back: that is how it ends.
 *  @throws EnvironmentUnhealthy */
function checkWayBack(live: Environment, { environment, label }: DeployOrder, { before }: DeployDeps): void {
  const { versionLabel } = live
  if (versionLabel === null || !before?.lines.includes(goingBack(environment, versionLabel))) return
  throw new EnvironmentUnhealthy({
    code: 'ENVIRONMENT_UNHEALTHY',
    why: `${environment} was not well with ${label}`,
    after: `it went back to ${versionLabel}, which is ${healthWords(live)}`,
    outputs: outputsOf(live),
    hint: 'The worker was restarted meanwhile; the lines above say what was seen before.',
  })
}

async function checkDirection(live: Environment, { order, aws }: Deployment, deps: DeployDeps): Promise<void> {
  if (live.versionLabel === null) return
  const version = await aws.beanstalk.version(order.application, live.versionLabel)
  if (version === null) return
  const facts = { environment: order.environment, commit: order.commit, live: version, allowed: order.backwards }
  await goForward(facts, deps)
}

async function giveCredentials(
  credentials: CredentialsFile | null,
  bucket: string,
  aws: AwsConnection,
  say: (line: string) => void,
): Promise<void> {
  if (credentials === null) return
  await putCredentials(credentials, bucket, aws.objects)
  say(`the registry's login for the instances is in s3://${bucket}/${credentials.key}`)
}

async function ask(live: Environment | null, { order, aws, events, pace, say }: Deployment): Promise<void> {
  await events.tell()
  events.mark()
  pace.news()
  if (live !== null) {
    say(`${order.environment} runs ${live.versionLabel ?? 'nothing'} and gets ${order.label}`)
    await aws.beanstalk.deployVersion(live, order.label)
  } else if (order.create !== null) {
    say(`${order.environment} does not exist and is created with ${order.label}`)
    const { application, environment: name, label: versionLabel } = order
    await aws.beanstalk.createEnvironment({ ...order.create, application, name, versionLabel })
  }
}

type Followed = { deployment: Deployment; previous: string | null; justAsked: boolean }

async function follow({ deployment, previous, justAsked }: Followed): Promise<DeployOutputs> {
  const { order, aws, say } = deployment
  const settled = await settle(expectedOf(deployment, order.label, justAsked), {
    ...deployment,
    beanstalk: aws.beanstalk,
  })
  if (settled.kind !== 'well') return giveUp(settled, previous, deployment)
  say(`${order.environment} runs ${order.label} and is ${healthWords(settled.environment)}`)
  return outputsOf(settled.environment)
}
