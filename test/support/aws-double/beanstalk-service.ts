import { randomUUID } from 'node:crypto'
import { AwsRefusal } from './aws-refusal.ts'
import { beginUpdate, type EnvironmentState, type EventState, type Moods, passTime } from './environment-life.ts'
import type { ObjectService } from './object-service.ts'
import { readZip } from './read-zip.ts'
import type { Structure, Value } from './service-model.ts'

export type VersionState = {
  application: string
  label: string
  description: string | null
  bucket: string
  key: string
  status: string
  created: Date
}

/** Elastic Beanstalk: applications, versions, environments, events. */
export type BeanstalkService = {
  applications: Set<string>
  versions: VersionState[]
  environments: EnvironmentState[]
  moods: Moods
  addEnvironment(environment: Pick<EnvironmentState, 'name' | 'application' | 'versionLabel'>): EnvironmentState
  addEvent(environment: EnvironmentState, severity: string, message: string): void
  /** which IAM actions a request needs of who asks */
  actionsOf(operation: string, input: Structure): string[]
  answer(operation: string, input: Structure): Structure
}

type Facts = { region: string; account: string; objects: ObjectService }

export function createBeanstalkService(facts: Facts): BeanstalkService {
  const applications = new Set<string>()
  const versions: VersionState[] = []
  const environments: EnvironmentState[] = []
  const events: EventState[] = []
  const moods: Moods = { busyFor: 0, red: new Set(), undeployable: new Set(), unlaunchable: new Set() }
  let last = 0

  /** Never two in one millisecond, as AWS orders them. */
  function tell(environment: EnvironmentState, severity: string, message: string): void {
    last = Math.max(Date.now(), last + 1)
    const { application, name } = environment
    events.push({ at: new Date(last), severity, message, application, environment: name })
  }

  function addEnvironment(given: Pick<EnvironmentState, 'name' | 'application' | 'versionLabel'>): EnvironmentState {
    const environment: EnvironmentState = {
      ...given,
      id: `e-${randomUUID().slice(0, 10).replace('-', '')}`,
      status: 'Ready',
      health: 'Green',
      healthStatus: 'Ok',
      cname: `${given.name}.${facts.region}.elasticbeanstalk.com`,
      solutionStack: '64bit Amazon Linux 2023 v4.3.0 running Docker',
      platformArn: null,
      tier: 'WebServer',
      options: [],
      created: new Date(),
      updated: new Date(),
      left: 0,
      former: null,
      updates: [],
    }
    environments.push(environment)
    return environment
  }

  const operations: Record<string, (input: Structure) => Structure> = {
    DescribeApplications: (input) => ({
      Applications: [...applications]
        .filter((name) => wanted(input.ApplicationNames, name))
        .map((ApplicationName) => ({ ApplicationName })),
    }),
    CreateApplication(input) {
      const name = text(input.ApplicationName)
      if (applications.has(name)) throw invalid(`Application ${name} already exists.`)
      applications.add(name)
      return { Application: { ApplicationName: name } }
    },
    CreateStorageLocation() {
      const bucket = `elasticbeanstalk-${facts.region}-${facts.account}`
      facts.objects.addBucket(bucket)
      return { S3Bucket: bucket }
    },
    DescribeApplicationVersions(input) {
      const found = versions.filter(
        ({ application, label }) => application === input.ApplicationName && wanted(input.VersionLabels, label),
      )
      for (const version of found) if (version.status === 'PROCESSING') process(version)
      return { ApplicationVersions: found.map(versionFacts) }
    },
    CreateApplicationVersion(input) {
      const version = newVersion(input)
      versions.push(version)
      return { ApplicationVersion: versionFacts(version) }
    },
    DescribeEnvironments(input) {
      const found = environments.filter(
        (one) => one.application === input.ApplicationName && wanted(input.EnvironmentNames, one.name),
      )
      for (const environment of found) passTime(environment, moods, tell)
      const shown = found.filter(({ status }) => status !== 'Terminated' || input.IncludeDeleted === true)
      return { Environments: shown.map(environmentFacts) }
    },
    UpdateEnvironment(input) {
      const environment = readyEnvironment(input)
      if (input.OptionSettings !== undefined && input.VersionLabel !== undefined)
        throw new AwsRefusal(400, 'InvalidParameterCombination', 'Cannot update both the release and configuration.')
      const label = text(input.VersionLabel)
      needVersion(environment.application, label)
      beginUpdate(environment, label, moods, tell)
      return environmentFacts(environment)
    },
    CreateEnvironment(input) {
      const environment = newEnvironment(input)
      tell(environment, 'INFO', 'createEnvironment is starting.')
      return environmentFacts(environment)
    },
    AbortEnvironmentUpdate(input) {
      const environment = environments.find(({ id }) => id === input.EnvironmentId)
      if (environment?.status !== 'Updating') throw invalid('No update is in progress.')
      Object.assign(environment, { status: 'Aborting', left: moods.busyFor === Infinity ? 1 : moods.busyFor })
      return {}
    },
    DescribeEvents: (input) => eventsPage(input),
  }

  function newVersion(input: Structure): VersionState {
    const application = text(input.ApplicationName)
    const label = text(input.VersionLabel)
    const description = input.Description === undefined ? null : text(input.Description)
    if (!applications.has(application)) throw invalid(`No Application named '${application}' found.`)
    if (label.length > 100 || label.includes('/')) throw invalid(`Invalid version label ${label}`)
    if (description !== null && description.length > 200) throw invalid('Description must be at most 200 characters.')
    if (versions.some((one) => one.application === application && one.label === label))
      throw invalid(`Application Version ${label} already exists.`)
    const { S3Bucket, S3Key } = structure(input.SourceBundle)
    const [bucket, key] = [text(S3Bucket), text(S3Key)]
    if (facts.objects.object(bucket, key) === null)
      throw invalid(`Unable to download from S3 location (Bucket: ${bucket} Key: ${key}). Reason: Not Found`)
    const status = input.Process === true ? 'PROCESSING' : 'UNPROCESSED'
    return { application, label, description, bucket, key, status, created: new Date() }
  }

  /** Looks into the bundle as the service does: a zip that says at its root what to run. */
  function process(version: VersionState): void {
    try {
      const files = readZip(facts.objects.object(version.bucket, version.key)?.body ?? Buffer.alloc(0))
      for (const [name, { text: content }] of files) if (name.endsWith('.json')) JSON.parse(content)
      const roots = ['Dockerrun.aws.json', 'docker-compose.yml', 'Dockerfile']
      version.status = roots.some((name) => files.has(name)) ? 'PROCESSED' : 'FAILED'
    } catch {
      version.status = 'FAILED'
    }
  }

  function needVersion(application: string, label: string): void {
    const version = versions.find((one) => one.application === application && one.label === label)
    if (!version) throw invalid(`No Application Version named '${label}' found.`)
    if (version.status === 'PROCESSED' || version.status === 'UNPROCESSED') return
    throw invalid(`Application version ${label} is ${version.status} and cannot be deployed.`)
  }

  function readyEnvironment(input: Structure): EnvironmentState {
    const environment = environments.find(
      ({ id, name, status }) =>
        (id === input.EnvironmentId || name === input.EnvironmentName) && status !== 'Terminated',
    )
    if (!environment) throw invalid(`No Environment found for EnvironmentId = '${text(input.EnvironmentId)}'.`)
    if (environment.status === 'Ready') return environment
    throw invalid(`Environment named ${environment.name} is in an invalid state for this operation. Must be Ready.`)
  }

  function newEnvironment(input: Structure): EnvironmentState {
    const application = text(input.ApplicationName)
    const name = text(input.EnvironmentName)
    if (!/^[A-Za-z0-9][A-Za-z0-9-]{2,38}[A-Za-z0-9]$/.test(name)) throw invalid(`Invalid environment name ${name}`)
    if (environments.some((one) => one.name === name && one.status !== 'Terminated'))
      throw invalid(`Environment ${name} already exists.`)
    if (input.SolutionStackName === undefined && input.PlatformArn === undefined)
      throw new AwsRefusal(400, 'MissingParameter', 'Specify a solution stack, a platform or a template.')
    const label = text(input.VersionLabel)
    needVersion(application, label)
    const environment = addEnvironment({ application, name, versionLabel: label })
    const cname = input.CNAMEPrefix === undefined ? name : text(input.CNAMEPrefix)
    Object.assign(environment, {
      status: 'Launching',
      health: 'Grey',
      left: moods.busyFor,
      cname: `${cname}.${facts.region}.elasticbeanstalk.com`,
      solutionStack: input.SolutionStackName ?? null,
      platformArn: input.PlatformArn ?? null,
      tier: structure(input.Tier).Name ?? 'WebServer',
      options: list(input.OptionSettings),
    })
    return environment
  }

  function eventsPage(input: Structure): Structure {
    const { ApplicationName, EnvironmentName, StartTime, MaxRecords = 1000, NextToken = '0' } = input
    if (!environments.some(({ name }) => name === EnvironmentName))
      throw invalid(`No Environment found for EnvironmentName = '${text(EnvironmentName)}'.`)
    const found = events
      .filter((one) => one.application === ApplicationName && one.environment === EnvironmentName)
      .filter(({ at }) => !(StartTime instanceof Date) || at >= StartTime)
      .reverse()
    const from = Number(NextToken)
    const to = from + Number(MaxRecords)
    return {
      Events: found.slice(from, to).map((one) => ({
        EventDate: one.at,
        Severity: one.severity,
        Message: one.message,
        ApplicationName: one.application,
        EnvironmentName: one.environment,
      })),
      ...(to < found.length && { NextToken: String(to) }),
    }
  }

  return {
    applications,
    versions,
    environments,
    moods,
    addEnvironment,
    addEvent: tell,
    actionsOf,
    answer(operation, input) {
      const carryOut = operations[operation]
      if (!carryOut) throw new AwsRefusal(501, 'NotImplemented', `the double does not know ${operation}`)
      return carryOut(input)
    },
  }
}

/** The service reads the bundle, and hands roles on, with the rights of who asks.
 *  @see Elastic Beanstalk developer guide, "Managing Elastic Beanstalk user policies" */
function actionsOf(operation: string, input: Structure): string[] {
  const passes = list(input.OptionSettings).some((option) =>
    ['IamInstanceProfile', 'ServiceRole'].includes(text(structure(option).OptionName)),
  )
  return [
    `elasticbeanstalk:${operation}`,
    ...(operation === 'CreateApplicationVersion' ? ['s3:GetObject'] : []),
    ...(passes || input.OperationsRole !== undefined ? ['iam:PassRole'] : []),
  ]
}

function versionFacts(version: VersionState): Structure {
  return {
    ApplicationName: version.application,
    VersionLabel: version.label,
    ...(version.description !== null && { Description: version.description }),
    SourceBundle: { S3Bucket: version.bucket, S3Key: version.key },
    DateCreated: version.created,
    Status: version.status,
  }
}

function environmentFacts(environment: EnvironmentState): Structure {
  return {
    EnvironmentName: environment.name,
    EnvironmentId: environment.id,
    ApplicationName: environment.application,
    VersionLabel: environment.versionLabel,
    ...(environment.solutionStack !== null && { SolutionStackName: environment.solutionStack }),
    EndpointURL: 'awseb-e-1234.elb.amazonaws.com',
    ...(environment.tier === 'WebServer' && { CNAME: environment.cname }),
    DateCreated: environment.created,
    DateUpdated: environment.updated,
    Status: environment.status,
    AbortableOperationInProgress: environment.status === 'Updating',
    Health: environment.health,
    HealthStatus: environment.healthStatus,
    Tier: { Name: environment.tier },
  }
}

function wanted(names: Value | undefined, name: string): boolean {
  return !Array.isArray(names) || names.includes(name)
}

function list(value: Value | undefined): Value[] {
  return Array.isArray(value) ? value : []
}

function structure(value: Value | undefined): Structure {
  return typeof value === 'object' && !Array.isArray(value) && !(value instanceof Date) ? value : {}
}

function text(value: Value | undefined): string {
  return typeof value === 'string' ? value : ''
}

function invalid(message: string): AwsRefusal {
  return new AwsRefusal(400, 'InvalidParameterValue', message)
}
