import { createHash } from 'node:crypto'
import type { ObjectStore } from './aws-port.ts'
import type { CredentialsFile } from './bundle/registry-access.ts'

/** Puts the logins where the instances find them, encrypted at rest. They are written with every deploy, so a changed
 *  password takes the place of the old one; who may read them is said by the policies in docs/deploying.md. */
export async function putCredentials(file: CredentialsFile, bucket: string, objects: ObjectStore): Promise<void> {
  const content = Buffer.from(file.text)
  await objects.put({
    bucket,
    key: file.key,
    open: () => content,
    bytes: content.length,
    sha256: createHash('sha256').update(content).digest('hex'),
    contentType: 'application/json',
    secret: true,
  })
}
