import type { Readable } from 'node:stream'

/** What a deploy asks of AWS: of one region, with the credentials that the SDK finds. Trouble is thrown as AwsError. */
export type AwsConnection = { region: string; beanstalk: Beanstalk; objects: ObjectStore; close(): void }

/** Opens a connection that obeys the signal. `region` null: the SDK's own (AWS_REGION, profile). */
export type ConnectAws = (region: string | null, signal: AbortSignal) => Promise<AwsConnection>

export type Environment = {
  id: string
  name: string
  versionLabel: string | null
  /** Launching, Updating, Ready, Terminating, Terminated, … */
  status: string
  /** Green, Yellow, Red, Grey */
  health: string
  /** of enhanced health: Ok, Info, Warning, Degraded, Severe, … */
  healthStatus: string | null
  address: string | null
  /** the update that is going on can be aborted */
  abortable: boolean
}

export type Version = {
  label: string
  /** UNPROCESSED, PROCESSING, PROCESSED, FAILED, … */
  status: string
  bundle: BundlePlace | null
  description: string | null
}

export type BundlePlace = { bucket: string; key: string }

/** `at` is the clock of AWS. */
export type BeanstalkEvent = { at: Date; severity: string; message: string }

export type NewEnvironment = {
  application: string
  name: string
  versionLabel: string
  platformArn: string | null
  solutionStack: string | null
  tier: 'web' | 'worker'
  cname: string | null
  operationsRole: string | null
  options: { namespace: string; name: string; value: string }[]
}

export type Beanstalk = {
  hasApplication(application: string): Promise<boolean>
  createApplication(application: string): Promise<void>
  /** Elastic Beanstalk's own bucket in this region; made where it is missing */
  ownBucket(): Promise<string>
  version(application: string, label: string): Promise<Version | null>
  createVersion(version: {
    application: string
    label: string
    bundle: BundlePlace
    description: string
  }): Promise<Version>
  /** null: none of that name, or it is terminated */
  environment(application: string, name: string): Promise<Environment | null>
  deployVersion(environment: Environment, label: string): Promise<void>
  createEnvironment(environment: NewEnvironment): Promise<void>
  abortUpdate(environment: Environment): Promise<void>
  newestEvent(application: string, environment: string): Promise<BeanstalkEvent | null>
  /** oldest first; since null: all there are */
  events(application: string, environment: string, since: Date | null): Promise<BeanstalkEvent[]>
}

export type StoredObject = BundlePlace & {
  /** may be called more than once */
  open(): Uint8Array | Readable
  bytes: number
  sha256: string
  contentType: string
  /** encrypted at rest by S3, for secrets */
  secret: boolean
}

export type ObjectStore = { put(object: StoredObject): Promise<void> }
