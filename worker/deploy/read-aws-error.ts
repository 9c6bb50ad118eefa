import { AwsError, type AwsErrorCode } from './aws-error.ts'

/** Makes an error of ours out of what the SDK throws. `operation` as IAM spells it, `elasticbeanstalk:UpdateEnvironment`.
 *  @see Elastic Beanstalk API reference "Common Errors"; Amazon S3 API reference "List of error codes" */
export function readAwsError(error: unknown, operation: string): AwsError {
  const { name, message, status } = factsOf(error)
  const known = KINDS.find((kind) => kind.fits({ name, message, status }))
  const { code, hint } = known ?? REFUSED
  const action = code === 'AWS_PERMISSION_MISSING' ? deniedAction(message, operation) : operation
  const said = code === 'AWS_PERMISSION_MISSING' ? `not allowed (${message})` : `${name}: ${message}`
  return new AwsError({ code, operation: action, said, hint: hint(action), cause: error })
}

type Facts = { name: string; message: string; status: number | null }
type Kind = { code: AwsErrorCode; fits(facts: Facts): boolean; hint(action: string): string }

const named =
  (names: RegExp, text: RegExp | null = null) =>
  (facts: Facts) =>
    names.test(facts.name) || (text?.test(facts.message) ?? false)

const REFUSED: Pick<Kind, 'code' | 'hint'> = {
  code: 'AWS_REFUSED',
  hint: () => 'AWS refused the request as it is: compare the keys of the deploy step with docs/deploying.md.',
}

/** The first that fits counts. */
const KINDS: Kind[] = [
  {
    code: 'AWS_REGION_MISSING',
    fits: named(/^$/, /^Region is missing/),
    hint: () => 'Set `aws.region` in the config, or AWS_REGION in the worker’s environment.',
  },
  {
    code: 'AWS_CREDENTIALS_MISSING',
    fits: named(/^(CredentialsProviderError|CredentialsError|TokenProviderError)$/, /^Could not load credentials/),
    hint: () =>
      'Give the worker AWS credentials: the role of the machine, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile of the user it runs as.',
  },
  {
    code: 'AWS_REGION_WRONG',
    fits: named(
      /^(PermanentRedirect|AuthorizationHeaderMalformed|S3LocationNotInServiceRegion(Exception)?|IllegalLocationConstraintException|InvalidRegion|InvalidLocationConstraint)$/,
      /ENOTFOUND \S*\.amazonaws\.com|scoped to a valid region/,
    ),
    hint: () =>
      'The region does not exist, or the bucket lies in another one: check `region` of the step and `aws.region`.',
  },
  {
    code: 'AWS_CREDENTIALS_REFUSED',
    fits: named(
      /^(InvalidClientTokenId|UnrecognizedClient(Exception)?|SignatureDoesNotMatch|InvalidAccessKeyId|ExpiredToken(Exception)?|InvalidToken|RequestExpired|RequestTimeTooSkewed|MissingAuthenticationToken|IncompleteSignature|AuthFailure|InvalidSignatureException)$/,
    ),
    hint: () =>
      'AWS does not know these credentials: wrong, expired or deleted; a clock that is minutes off looks the same.',
  },
  {
    code: 'AWS_PERMISSION_MISSING',
    fits: named(
      /^(AccessDenied(Exception)?|UnauthorizedOperation|NotAuthorized|InsufficientPrivilegesException|InsufficientPrivileges|AllAccessDisabled|OptInRequired)$/,
    ),
    hint: (action) => `Allow ${action} for the worker’s user or role; docs/deploying.md has the whole policy.`,
  },
  {
    code: 'AWS_BUCKET_MISSING',
    fits: named(/^NoSuchBucket$/),
    hint: () => 'Create the bucket in that region, or leave `bucket` out: Elastic Beanstalk then makes its own.',
  },
  {
    code: 'AWS_QUOTA',
    fits: named(/^(TooMany(?!Requests)\w*|\w*LimitExceeded(Exception)?|\w*QuotaExceeded\w*)$/, /quota.*exceeded/i),
    hint: () =>
      'An AWS quota is reached: delete old application versions (a lifecycle policy of the application does it), or ask AWS for more.',
  },
  {
    code: 'AWS_THROTTLED',
    fits: named(/^(Throttling(Exception)?|ThrottledException|RequestThrottled\w*|TooManyRequests\w*|SlowDown)$/),
    hint: () => 'AWS limits how often it may be asked; the step is tried again after a while.',
  },
  {
    code: 'ENVIRONMENT_BUSY',
    fits: named(/^OperationInProgress(Exception|Failure)?$/, /in an invalid state for this operation/),
    hint: () => 'Another change of the environment is going on: wait for its end, then `letterbox retry`.',
  },
  {
    code: 'APPLICATION_MISSING',
    fits: named(/^$/, /^No Application named/i),
    hint: () => 'Create the application, or write `createApplication: true`.',
  },
  {
    code: 'AWS_UNREACHABLE',
    fits: ({ name, message, status }) =>
      (status !== null && status >= 500) ||
      /^(TimeoutError|NetworkingError|InternalFailure|InternalError|ServiceUnavailable|RequestTimeout)$/.test(name) ||
      /ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EPIPE|socket hang up/.test(`${name} ${message}`),
    hint: () => 'AWS does not answer, or the network between is down; the step is tried again after a while.',
  },
]

/** AWS names the action that is missing: it may be another than the one that was called. */
function deniedAction(message: string, operation: string): string {
  return /not authorized to perform: ([a-z0-9-]+:[A-Za-z0-9*]+)/.exec(message)?.[1] ?? operation
}

function factsOf(error: unknown): Facts {
  if (!(error instanceof Error)) return { name: 'Unknown', message: String(error), status: null }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  const thrown = 'Code' in error && typeof error.Code === 'string' ? error.Code : ''
  const generic = error.name === 'Error' || error.name === ''
  const name = generic ? thrown || code : error.name
  return { name, message: error.message || name, status: statusOf(error) }
}

function statusOf(error: Error): number | null {
  const metadata = '$metadata' in error ? error.$metadata : null
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return null
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : null
}
