import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { AwsRefusal } from './aws-refusal.ts'

export type StoredObject = { body: Buffer; contentType: string; encryption: string | null; writes: number }

/** S3: buckets with objects. */
export type ObjectService = {
  addBucket(name: string): void
  object(bucket: string, key: string): StoredObject | null
  keys(bucket: string): string[]
  /** which IAM action a request needs */
  actionOf(method: string): string
  answer(request: { method: string; bucket: string; key: string; headers: IncomingHttpHeaders; body: Buffer }): {
    headers: Record<string, string>
    body: Buffer
  }
}

export function createObjectService(): ObjectService {
  const buckets = new Map<string, Map<string, StoredObject>>()

  function bucketOf(name: string): Map<string, StoredObject> {
    const bucket = buckets.get(name)
    if (bucket) return bucket
    throw new AwsRefusal(404, 'NoSuchBucket', 'The specified bucket does not exist')
  }

  return {
    addBucket: (name) => {
      if (!buckets.has(name)) buckets.set(name, new Map())
    },
    object: (bucket, key) => buckets.get(bucket)?.get(key) ?? null,
    keys: (bucket) => [...(buckets.get(bucket)?.keys() ?? [])].sort(),
    actionOf: (method) => (method === 'PUT' ? 's3:PutObject' : 's3:GetObject'),
    answer({ method, bucket, key, headers, body }) {
      const objects = bucketOf(bucket)
      if (method === 'PUT') {
        checkBody(headers, body)
        const encryption = headers['x-amz-server-side-encryption']
        objects.set(key, {
          body,
          contentType: headers['content-type'] ?? 'binary/octet-stream',
          encryption: encryption === undefined ? null : String(encryption),
          writes: (objects.get(key)?.writes ?? 0) + 1,
        })
        return { headers: { ETag: `"${createHash('md5').update(body).digest('hex')}"` }, body: Buffer.alloc(0) }
      }
      const found = objects.get(key)
      if (!found) throw new AwsRefusal(404, 'NoSuchKey', 'The specified key does not exist.')
      const told = { 'Content-Type': found.contentType, 'Content-Length': String(found.body.length) }
      return { headers: told, body: method === 'HEAD' ? Buffer.alloc(0) : found.body }
    },
  }
}

/** @see Amazon S3 user guide, "Checking object integrity". Chunked uploads with trailers are not known here. */
function checkBody(headers: IncomingHttpHeaders, body: Buffer): void {
  if (headers['x-amz-acl'] !== undefined)
    throw new AwsRefusal(400, 'AccessControlListNotSupported', 'The bucket does not allow ACLs')
  if (String(headers['content-encoding'] ?? '').includes('aws-chunked'))
    throw new AwsRefusal(501, 'NotImplemented', 'A header you provided implies functionality that is not implemented')
  if (Number(headers['content-length']) !== body.length)
    throw new AwsRefusal(400, 'IncompleteBody', 'You did not provide the number of bytes specified')
  const told = headers['x-amz-checksum-sha256']
  if (told !== undefined && told !== createHash('sha256').update(body).digest('base64'))
    throw new AwsRefusal(400, 'BadDigest', 'The SHA256 you specified did not match the calculated checksum.')
}
