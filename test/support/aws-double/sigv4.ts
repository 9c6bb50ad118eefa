import { createHash, createHmac } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

export type SignedRequest = { method: string; url: URL; headers: IncomingHttpHeaders; body: Buffer }
export type Credentials = { accessKeyId: string; secretAccessKey: string }

/** What is wrong with a signature, in the codes of AWS; null: it is good. */
export type SignatureProblem = { code: string; message: string }

const SKEW_MS = 15 * 60_000

/** Computes the signature again from what arrived. @see AWS General Reference, "Signature Version 4 signing process" */
export function checkSignature(
  request: SignedRequest,
  known: Credentials,
  expected: { service: string; region: string },
): SignatureProblem | null {
  const authorization = readAuthorization(request.headers.authorization ?? '')
  if (authorization === null) return problem('MissingAuthenticationToken', 'Request is missing Authentication Token')
  const { accessKeyId, date, region, service, signedHeaders, signature } = authorization
  if (accessKeyId !== known.accessKeyId)
    return problem('InvalidClientTokenId', 'The security token included in the request is invalid.')
  if (region !== expected.region)
    return problem('SignatureDoesNotMatch', `Credential should be scoped to a valid region, not '${region}'.`)
  if (service !== expected.service)
    return problem('SignatureDoesNotMatch', `Credential should be scoped to correct service: '${expected.service}'.`)
  const time = String(request.headers['x-amz-date'] ?? '')
  if (!time.startsWith(date) || Math.abs(Date.now() - parseTime(time)) > SKEW_MS)
    return problem('SignatureDoesNotMatch', `Signature expired: ${time}`)
  const payload = payloadHash(request, service)
  if (payload === null) return problem('XAmzContentSHA256Mismatch', 'The provided x-amz-content-sha256 does not match.')
  for (const needed of ['host', 'x-amz-date'])
    if (!signedHeaders.includes(needed)) return problem('SignatureDoesNotMatch', `${needed} must be signed.`)
  const text = stringToSign(canonicalRequest(request, signedHeaders, payload), { time, date, region, service })
  const good = hmac(signingKey(known.secretAccessKey, { date, region, service }), text).toString('hex')
  return good === signature
    ? null
    : problem('SignatureDoesNotMatch', 'The request signature we calculated does not match the signature you provided.')
}

function problem(code: string, message: string): SignatureProblem {
  return { code, message }
}

function readAuthorization(header: string) {
  const found =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
      header,
    )
  if (!found) return null
  const [, accessKeyId = '', date = '', region = '', service = '', headers = '', signature = ''] = found
  return { accessKeyId, date, region, service, signedHeaders: headers.split(';'), signature }
}

/** The hash that was signed; null where it is not that of the body. */
function payloadHash({ headers, body }: SignedRequest, service: string): string | null {
  const own = createHash('sha256').update(body).digest('hex')
  const told = headers['x-amz-content-sha256']
  if (service !== 's3' || told === undefined) return own
  if (told === 'UNSIGNED-PAYLOAD' || told === own) return String(told)
  return null
}

function canonicalRequest({ method, url, headers }: SignedRequest, signedHeaders: string[], payload: string): string {
  const query = [...url.searchParams].map(([name, value]) => `${encode(name)}=${encode(value)}`).sort()
  const lines = signedHeaders.map(
    (name) =>
      `${name}:${String(headers[name] ?? '')
        .trim()
        .replace(/ +/g, ' ')}\n`,
  )
  return [method, url.pathname, query.join('&'), lines.join(''), signedHeaders.join(';'), payload].join('\n')
}

type Scope = { date: string; region: string; service: string }

function stringToSign(canonical: string, { time, date, region, service }: Scope & { time: string }): string {
  const hash = createHash('sha256').update(canonical).digest('hex')
  return ['AWS4-HMAC-SHA256', time, `${date}/${region}/${service}/aws4_request`, hash].join('\n')
}

function signingKey(secret: string, { date, region, service }: Scope): Buffer {
  return [date, region, service, 'aws4_request'].reduce<Buffer>(hmac, Buffer.from(`AWS4${secret}`))
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
}

/** `20261121T050000Z` */
function parseTime(text: string): number {
  return Date.parse(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))
}
