import type { Step } from '../../config/schema.ts'
import { renderTemplate, type TemplateVariables } from '../../config/template.ts'
import { LetterboxError } from '../../job/letterbox-error.ts'
import { deploy as deployVersion } from '../deploy/deploy.ts'
import type { DeployOrder } from '../deploy/deploy-order.ts'
import { versionLabel } from '../deploy/version-label.ts'
import { cloneTarget } from '../source/clone-target.ts'
import type { Executor, StepContext } from './executor.ts'
import { registryLogins } from './registry-logins.ts'
import { renderAll, stepVariables } from './step-variables.ts'

type DeployStep = Extract<Step, { action: 'deploy' }>
type Options = DeployStep['with']

export class DeployWithoutCheckout extends LetterboxError {
  readonly code = 'DEPLOY_WITHOUT_CHECKOUT'
  readonly fault = 'theirs'

  constructor(event: string) {
    super(`a deploy needs a checkout, and a ${event} event has none`, { hint: 'Deploy on tag or push.' })
  }
}

/** Deploys to AWS Elastic Beanstalk. It asks first what is there, so a resumed or repeated step does nothing twice. */
export const deploy: Executor<DeployStep> = async ({ with: options }, context) => {
  const outputs = await deployVersion(orderOf(options, context), {
    connect: context.connectAws,
    isAncestor: (older, newer) => isAncestor(older, newer, context),
    say: context.io.say,
    signal: context.io.signal,
    before: context.resumed
      ? { lines: context.earlierLines(), begunAt: new Date(context.run.startedAt ?? context.run.queuedAt) }
      : null,
  })
  return { exitCode: null, outputs }
}

function orderOf(options: Options, context: StepContext): DeployOrder {
  const { workspace, config, facts } = context
  if (workspace === null) throw new DeployWithoutCheckout(facts.event.type)
  const variables = stepVariables(context)
  return {
    region: options.region ?? config.aws?.region ?? null,
    application: renderTemplate(options.application, variables),
    environment: renderTemplate(options.environment, variables),
    label: versionLabel(options.versionLabel, variables),
    commit: workspace.commit,
    bundle: bundleOf(options, workspace.path, variables, context),
    bucket: options.bucket ?? null,
    createApplication: options.createApplication,
    create: creationOf(options, context),
    health: options.health,
    healthTimeoutMs: options.healthTimeout,
    waitMs: options.wait,
    rollback: options.rollback,
    backwards: options.allowBackwards || context.backwards,
  }
}

function bundleOf(
  options: Options,
  folder: string,
  variables: TemplateVariables,
  context: StepContext,
): DeployOrder['bundle'] {
  return {
    folder,
    template: options.template ?? null,
    image: options.image === undefined ? null : renderTemplate(options.image, variables),
    pushed: context.pushed,
    logins: registryLogins(context),
    container: { ports: options.ports, volumes: options.volumes, logging: options.logging ?? null },
  }
}

/** null: neither platform nor solution stack is given, so an environment must be there. */
function creationOf(options: Options, context: StepContext): DeployOrder['create'] {
  const { platform = null, solutionStack = null } = options
  if (platform === null && solutionStack === null) return null
  return {
    platformArn: platform,
    solutionStack,
    tier: options.tier,
    cname: options.cname ?? null,
    operationsRole: options.operationsRole ?? null,
    options: environmentOptions(options, context),
  }
}

/** @see Elastic Beanstalk developer guide, "General options for all environments" */
function environmentOptions(options: Options, context: StepContext) {
  const named = (namespace: string, values: Record<string, string>) =>
    Object.entries(values).map(([name, value]) => ({ namespace, name, value }))
  return [
    ...named('aws:autoscaling:launchconfiguration', kept({ IamInstanceProfile: options.instanceProfile })),
    ...named('aws:elasticbeanstalk:environment', kept({ ServiceRole: options.serviceRole })),
    ...named('aws:elasticbeanstalk:application:environment', renderAll(options.env, context)),
    ...Object.entries(options.options).flatMap(([namespace, values]) => named(namespace, values)),
  ]
}

function kept(values: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}

async function isAncestor(older: string, newer: string, context: StepContext): Promise<boolean | null> {
  const { config, repository, secret, source, io, run } = context
  const target = cloneTarget(config, run.repository, repository, secret)
  return source.isAncestor(target, { older, newer }, io.signal)
}
