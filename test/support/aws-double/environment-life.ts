/** An environment as AWS keeps it, and what it goes through. Time passes by being asked: each DescribeEnvironments is
 *  one step, so no test waits for a clock. */
export type EnvironmentState = {
  id: string
  name: string
  application: string
  versionLabel: string
  status: string
  health: string
  healthStatus: string
  cname: string
  solutionStack: string | null
  platformArn: string | null
  tier: string
  options: { Namespace?: string; OptionName?: string; Value?: string }[]
  created: Date
  updated: Date
  /** how often it is still told as busy before it comes to rest */
  left: number
  /** the version it had before the update that is going on */
  former: string | null
  updates: string[]
}

export type EventState = { at: Date; severity: string; message: string; application: string; environment: string }

export type Moods = {
  /** how many times an update is told as going on */
  busyFor: number
  /** versions with which the environment turns red */
  red: Set<string>
  /** versions that cannot be deployed: Elastic Beanstalk takes them back by itself */
  undeployable: Set<string>
  /** versions with which a new environment does not come up */
  unlaunchable: Set<string>
}

type Tell = (environment: EnvironmentState, severity: string, message: string) => void

export function beginUpdate(environment: EnvironmentState, label: string, moods: Moods, tell: Tell): void {
  tell(environment, 'INFO', 'Environment update is starting.')
  tell(environment, 'INFO', 'Deploying new version to instance(s).')
  Object.assign(environment, {
    status: 'Updating',
    health: 'Grey',
    healthStatus: 'Info',
    left: moods.busyFor,
    former: environment.versionLabel,
    versionLabel: label,
    updated: new Date(),
  })
  environment.updates.push(label)
}

/** One look at it from outside. */
export function passTime(environment: EnvironmentState, moods: Moods, tell: Tell): void {
  if (!['Updating', 'Launching', 'Aborting', 'Terminating'].includes(environment.status)) return
  if (environment.left > 0) {
    environment.left--
    return
  }
  comeToRest(environment, moods, tell)
}

function comeToRest(environment: EnvironmentState, moods: Moods, tell: Tell): void {
  const { versionLabel, status, former } = environment
  if (status === 'Terminating' || moods.unlaunchable.has(versionLabel)) {
    tell(environment, 'ERROR', 'Stack named awseb-e-stack aborted operation.')
    tell(environment, 'INFO', `terminateEnvironment completed successfully.`)
    environment.status = 'Terminated'
    return
  }
  const failed = moods.undeployable.has(versionLabel) || status === 'Aborting'
  if (status === 'Aborting') tell(environment, 'INFO', 'Environment update was aborted.')
  else if (failed) tell(environment, 'ERROR', 'Failed to deploy application.')
  else tell(environment, 'INFO', 'New application version was deployed to running EC2 instances.')
  if (failed && former !== null) environment.versionLabel = former
  const red = moods.red.has(environment.versionLabel)
  Object.assign(environment, {
    status: 'Ready',
    health: red ? 'Red' : 'Green',
    healthStatus: red ? 'Degraded' : 'Ok',
    former: null,
    updated: new Date(),
  })
  if (red) tell(environment, 'WARN', 'Environment health has transitioned from Info to Degraded.')
  else if (!failed) tell(environment, 'INFO', 'Environment update completed successfully.')
}
