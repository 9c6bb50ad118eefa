import {
  AbortEnvironmentUpdateCommand,
  type ApplicationVersionDescription,
  CreateApplicationCommand,
  CreateApplicationVersionCommand,
  CreateEnvironmentCommand,
  CreateStorageLocationCommand,
  DescribeApplicationsCommand,
  DescribeApplicationVersionsCommand,
  DescribeEnvironmentsCommand,
  DescribeEventsCommand,
  type DescribeEventsCommandInput,
  type ElasticBeanstalkClient,
  type EnvironmentDescription,
  UpdateEnvironmentCommand,
} from '@aws-sdk/client-elastic-beanstalk'
import type { Beanstalk, BeanstalkEvent, Environment, NewEnvironment, Version } from './aws-port.ts'
import { readAwsError } from './read-aws-error.ts'

/** Most events that AWS gives at once. */
const PAGE = 1000

/** Elastic Beanstalk by the SDK; every call stops with the signal. */
export function createBeanstalk(client: ElasticBeanstalkClient, signal: AbortSignal): Beanstalk {
  const options = { abortSignal: signal }
  const ask = async <T>(operation: string, call: () => Promise<T>): Promise<T> => {
    try {
      return await call()
    } catch (error) {
      if (signal.aborted) throw error
      throw readAwsError(error, `elasticbeanstalk:${operation}`)
    }
  }

  return {
    hasApplication: (application) =>
      ask('DescribeApplications', async () => {
        const said = await client.send(new DescribeApplicationsCommand({ ApplicationNames: [application] }), options)
        return said.Applications?.some((one) => one.ApplicationName === application) ?? false
      }),
    createApplication: (application) =>
      ask('CreateApplication', async () => {
        await client.send(new CreateApplicationCommand({ ApplicationName: application }), options)
      }),
    ownBucket: () =>
      ask('CreateStorageLocation', async () => {
        const { S3Bucket } = await client.send(new CreateStorageLocationCommand({}), options)
        return present(S3Bucket, 'S3Bucket')
      }),
    version: (application, label) =>
      ask('DescribeApplicationVersions', async () => {
        const wanted = { ApplicationName: application, VersionLabels: [label] }
        const said = await client.send(new DescribeApplicationVersionsCommand(wanted), options)
        const found = said.ApplicationVersions?.find((one) => one.VersionLabel === label)
        return found === undefined ? null : versionOf(found)
      }),
    createVersion: ({ application, label, bundle, description }) =>
      ask('CreateApplicationVersion', async () => {
        const command = new CreateApplicationVersionCommand({
          ApplicationName: application,
          VersionLabel: label,
          Description: description,
          SourceBundle: { S3Bucket: bundle.bucket, S3Key: bundle.key },
          Process: true,
        })
        const said = await client.send(command, options)
        return versionOf(present(said.ApplicationVersion, 'ApplicationVersion'))
      }),
    environment: (application, name) =>
      ask('DescribeEnvironments', async () => {
        const wanted = { ApplicationName: application, EnvironmentNames: [name], IncludeDeleted: false }
        const said = await client.send(new DescribeEnvironmentsCommand(wanted), options)
        const found = said.Environments?.find((one) => one.Status !== 'Terminated')
        return found === undefined ? null : environmentOf(found)
      }),
    deployVersion: (environment, label) =>
      ask('UpdateEnvironment', async () => {
        const wanted = { EnvironmentId: environment.id, VersionLabel: label }
        await client.send(new UpdateEnvironmentCommand(wanted), options)
      }),
    createEnvironment: (wanted) =>
      ask('CreateEnvironment', async () => {
        await client.send(new CreateEnvironmentCommand(creation(wanted)), options)
      }),
    abortUpdate: (environment) =>
      ask('AbortEnvironmentUpdate', async () => {
        await client.send(new AbortEnvironmentUpdateCommand({ EnvironmentId: environment.id }), options)
      }),
    newestEvent: (application, environment) =>
      ask('DescribeEvents', async () => {
        const wanted = { ApplicationName: application, EnvironmentName: environment, MaxRecords: 1 }
        return (await describeEvents(client, options, wanted)).events.at(0) ?? null
      }),
    events: (application, environment, since) =>
      ask('DescribeEvents', () => allEvents(client, options, { application, environment, since })),
  }
}

type Options = { abortSignal: AbortSignal }

async function allEvents(
  client: ElasticBeanstalkClient,
  options: Options,
  { application, environment, since }: { application: string; environment: string; since: Date | null },
): Promise<BeanstalkEvent[]> {
  const wanted: DescribeEventsCommandInput = {
    ApplicationName: application,
    EnvironmentName: environment,
    MaxRecords: PAGE,
    ...(since !== null && { StartTime: since }),
  }
  const all: BeanstalkEvent[] = []
  let next: string | undefined
  do {
    const page = await describeEvents(client, options, next === undefined ? wanted : { ...wanted, NextToken: next })
    all.push(...page.events)
    next = page.next
  } while (next !== undefined)
  return all.reverse()
}

/** Newest first, as AWS gives them. What does not exist has none. */
async function describeEvents(client: ElasticBeanstalkClient, options: Options, wanted: DescribeEventsCommandInput) {
  try {
    const { Events = [], NextToken } = await client.send(new DescribeEventsCommand(wanted), options)
    const events = Events.flatMap(({ EventDate: at, Severity: severity = '', Message: message = '' }) =>
      at === undefined ? [] : [{ at, severity, message }],
    )
    return { events, next: NextToken }
  } catch (error) {
    if (!(error instanceof Error) || !/^No (Environment|Application) (found|named)/i.test(error.message)) throw error
    return { events: [], next: undefined }
  }
}

function creation(wanted: NewEnvironment) {
  return {
    ApplicationName: wanted.application,
    EnvironmentName: wanted.name,
    VersionLabel: wanted.versionLabel,
    Tier: wanted.tier === 'web' ? { Name: 'WebServer', Type: 'Standard' } : { Name: 'Worker', Type: 'SQS/HTTP' },
    ...(wanted.platformArn !== null && { PlatformArn: wanted.platformArn }),
    ...(wanted.solutionStack !== null && { SolutionStackName: wanted.solutionStack }),
    ...(wanted.cname !== null && { CNAMEPrefix: wanted.cname }),
    ...(wanted.operationsRole !== null && { OperationsRole: wanted.operationsRole }),
    ...(wanted.options.length > 0 && { OptionSettings: wanted.options.map(optionSetting) }),
  }
}

function optionSetting({ namespace, name, value }: NewEnvironment['options'][number]) {
  return { Namespace: namespace, OptionName: name, Value: value }
}

function environmentOf(said: EnvironmentDescription): Environment {
  const host = said.CNAME ?? said.EndpointURL ?? null
  return {
    id: present(said.EnvironmentId, 'EnvironmentId'),
    name: present(said.EnvironmentName, 'EnvironmentName'),
    versionLabel: said.VersionLabel ?? null,
    status: said.Status ?? 'unknown',
    health: said.Health ?? 'Grey',
    healthStatus: said.HealthStatus ?? null,
    address: host === null ? null : `http://${host}`,
    abortable: said.AbortableOperationInProgress ?? false,
  }
}

function versionOf(said: ApplicationVersionDescription): Version {
  const { S3Bucket: bucket, S3Key: key } = said.SourceBundle ?? {}
  return {
    label: present(said.VersionLabel, 'VersionLabel'),
    status: said.Status ?? 'UNPROCESSED',
    bundle: bucket === undefined || key === undefined ? null : { bucket, key },
    description: said.Description ?? null,
  }
}

function present<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new Error(`the answer has no ${name}`)
  return value
}
