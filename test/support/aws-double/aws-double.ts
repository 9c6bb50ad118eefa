import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { AwsRefusal } from './aws-refusal.ts'
import { type BeanstalkService, createBeanstalkService } from './beanstalk-service.ts'
import { createFaults, type Faults } from './faults.ts'
import { createObjectService, type ObjectService } from './object-service.ts'
import { readZip, type ZipEntry } from './read-zip.ts'
import { decodeInput, encodeOutput, escapeXml, operationOf, type Structure } from './service-model.ts'
import { checkSignature, type SignedRequest } from './sigv4.ts'

/** One request as it arrived, and how it was answered: `code` null is well. */
export type AwsCall = { operation: string; actions: string[]; input: Structure; code: string | null }

/** AWS at a local address: Elastic Beanstalk and S3 by their real wire protocols, with state. The real SDK comes here by
 *  AWS_ENDPOINT_URL. */
export type AwsDouble = {
  url: string
  region: string
  /** what a program needs in its environment to come here */
  env: Record<string, string>
  beanstalk: BeanstalkService
  objects: ObjectService
  faults: Faults
  calls: AwsCall[]
  /** calls of one operation that were answered well */
  done(operation: string): AwsCall[]
  /** the IAM actions that all calls together needed, each once, sorted */
  actions(): string[]
  /** the files of a version's bundle */
  bundle(label: string): Map<string, ZipEntry>
  close(): Promise<void>
}

const CREDENTIALS = { accessKeyId: 'AKIDLETTERBOXDOUBLE', secretAccessKey: 'secret/access+key-of-the-double' }
const ACCOUNT = '123456789012'
const NAMESPACE = 'http://elasticbeanstalk.amazonaws.com/docs/2010-12-01/'
const VERSION = '2010-12-01'

export async function startAwsDouble(options: { region?: string } = {}): Promise<AwsDouble> {
  const region = options.region ?? 'ap-southeast-2'
  const objects = createObjectService()
  const beanstalk = createBeanstalkService({ region, account: ACCOUNT, objects })
  const faults = createFaults()
  const calls: AwsCall[] = []
  const double = { region, objects, beanstalk, faults, calls }
  const server = createServer((request, response) => {
    serve(double, request, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error))
    })
  })
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(address !== null && typeof address === 'object' ? address.port : 0)
    })
  })
  const url = `http://127.0.0.1:${port}`
  return {
    ...double,
    url,
    env: {
      AWS_ENDPOINT_URL: url,
      AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
      AWS_REGION: region,
      AWS_EC2_METADATA_DISABLED: 'true',
      // nothing of the machine's own
      AWS_CONFIG_FILE: '/nonexistent',
      AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
    },
    done: (operation) => calls.filter((call) => call.operation === operation && call.code === null),
    actions: () => [...new Set(calls.flatMap(({ actions }) => actions))].sort(),
    bundle(label) {
      const version = beanstalk.versions.find((one) => one.label === label)
      return readZip(objects.object(version?.bucket ?? '', version?.key ?? '')?.body ?? Buffer.alloc(0))
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

type Inside = Pick<AwsDouble, 'region' | 'objects' | 'beanstalk' | 'faults' | 'calls'>

async function serve(double: Inside, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', `http://${request.headers.host}`)
  const signed = { method: request.method ?? '', url, headers: request.headers, body: await buffer(request) }
  const service = url.pathname === '/' ? 'elasticbeanstalk' : 's3'
  const answer = service === 's3' ? answerObjects : answerBeanstalk
  const call: AwsCall = { operation: '?', actions: [], input: {}, code: null }
  double.calls.push(call)
  try {
    checkWho(signed, service, double)
    const told = answer(double, signed, call)
    if (told === 'cut') {
      call.code = 'cut'
      request.socket.destroy()
      return
    }
    response.writeHead(200, { 'x-amzn-requestid': randomUUID(), ...told.headers }).end(told.body)
  } catch (error) {
    if (!(error instanceof AwsRefusal)) throw error
    call.code = error.code
    response.writeHead(error.status, { 'content-type': 'text/xml' }).end(errorXml(service, error))
  }
}

function checkWho(signed: SignedRequest, service: 's3' | 'elasticbeanstalk', { region }: Inside): void {
  const problem = checkSignature(signed, CREDENTIALS, { service, region })
  if (problem === null) return
  const isRegion = problem.message.includes('valid region')
  if (service === 's3' && isRegion)
    throw new AwsRefusal(400, 'AuthorizationHeaderMalformed', `the region is wrong; expecting '${region}'`)
  if (service === 's3' && problem.code === 'InvalidClientTokenId')
    throw new AwsRefusal(403, 'InvalidAccessKeyId', 'The AWS Access Key Id you provided does not exist in our records.')
  throw new AwsRefusal(403, problem.code, problem.message)
}

type Told = { headers: Record<string, string>; body: Buffer | string } | 'cut'

/** The Query protocol: a form in, XML out. @see Smithy specification, "AWS query protocol" */
function answerBeanstalk({ beanstalk, faults }: Inside, { method, headers, body }: SignedRequest, call: AwsCall): Told {
  if (method !== 'POST' || !String(headers['content-type']).startsWith('application/x-www-form-urlencoded'))
    throw new AwsRefusal(400, 'MalformedInput', 'a form was expected')
  const { Action = '', Version, ...params } = Object.fromEntries(new URLSearchParams(body.toString()))
  const model = operationOf(Action)
  if (model === null || Version !== VERSION)
    throw new AwsRefusal(400, 'InvalidAction', `Could not find operation ${Action} for version ${Version}`)
  call.operation = Action
  call.input = decodeInput(model.input, new Map(Object.entries(params)))
  call.actions = beanstalk.actionsOf(Action, call.input)
  if (faults.meet(Action, call.actions) === 'cut') return 'cut'
  const result = encodeOutput(model.output, beanstalk.answer(Action, call.input))
  const metadata = `<ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata>`
  const xml = `<${Action}Response xmlns="${NAMESPACE}"><${Action}Result>${result}</${Action}Result>${metadata}</${Action}Response>`
  return { headers: { 'content-type': 'text/xml' }, body: xml }
}

/** S3 with path-style addresses: `/bucket/key`. */
function answerObjects({ objects, faults }: Inside, signed: SignedRequest, call: AwsCall): Told {
  const { method, url, headers, body } = signed
  const [bucket = '', ...rest] = url.pathname.slice(1).split('/').map(decodeURIComponent)
  const key = rest.join('/')
  call.operation = { PUT: 'PutObject', GET: 'GetObject', HEAD: 'HeadObject' }[method] ?? method
  call.input = { Bucket: bucket, Key: key }
  call.actions = [objects.actionOf(method)]
  if (faults.meet(call.operation, call.actions) === 'cut') return 'cut'
  return objects.answer({ method, bucket, key, headers, body })
}

function errorXml(service: string, { code, message }: AwsRefusal): string {
  const facts = `<Code>${code}</Code><Message>${escapeXml(message)}</Message>`
  if (service === 's3') return `<?xml version="1.0"?><Error>${facts}<RequestId>${randomUUID()}</RequestId></Error>`
  return `<ErrorResponse xmlns="${NAMESPACE}"><Error><Type>Sender</Type>${facts}</Error><RequestId>${randomUUID()}</RequestId></ErrorResponse>`
}
