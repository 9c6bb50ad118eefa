import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import type { ObjectStore } from './aws-port.ts'
import { readAwsError } from './read-aws-error.ts'

/** S3 by the SDK. No ACL is sent: objects are private unless somebody opens them, and buckets made since 2023 refuse
 *  ACLs. S3 holds what arrives against the SHA-256. */
export function createObjectStore(client: S3Client, signal: AbortSignal): ObjectStore {
  return {
    async put(object) {
      const command = new PutObjectCommand({
        Bucket: object.bucket,
        Key: object.key,
        Body: object.open(),
        ContentLength: object.bytes,
        ContentType: object.contentType,
        ChecksumSHA256: Buffer.from(object.sha256, 'hex').toString('base64'),
        ...(object.secret && { ServerSideEncryption: 'AES256' }),
      })
      try {
        await client.send(command, { abortSignal: signal })
      } catch (error) {
        if (signal.aborted) throw error
        throw readAwsError(error, 's3:PutObject')
      }
    },
  }
}
