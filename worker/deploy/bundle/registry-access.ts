import { createHash } from 'node:crypto'
import type { RegistryLogin } from '../../engines/engine.ts'

export type DockerrunVersion = '1' | '2' | '3'

/** The logins that the instances need to pull, as a file in S3. */
export type CredentialsFile = { key: string; text: string }

/** In the form that each version of Dockerrun.aws.json asks for. 1 and 2 want the flat `.dockercfg`; Docker on Amazon
 *  Linux 2 and newer reads `auths`, as version 3 wants it, so version 1, which runs on all, has both, and each reader
 *  passes over what it does not know. The key stays the same when the password changes: the file is overwritten, and
 *  instances that start later with an older version still get in.
 *  @see Elastic Beanstalk developer guide, "Using images from a private repository" */
export function credentialsFile(version: DockerrunVersion, logins: readonly RegistryLogin[]): CredentialsFile {
  const sorted = logins.toSorted((a, b) => (a.address < b.address ? -1 : 1))
  const flat = Object.fromEntries(sorted.map((login) => [login.address, { auth: authOf(login), email: '' }]))
  const auths = Object.fromEntries(sorted.map((login) => [login.address, { auth: authOf(login) }]))
  const document = { 1: { ...flat, auths }, 2: flat, 3: { auths } }[version]
  return { key: `letterbox/registries/${nameOf(sorted)}/dockerrun-v${version}.json`, text: JSON.stringify(document) }
}

/** The registries among `logins` from which images are pulled, each once. */
export function neededLogins(images: readonly string[], logins: readonly RegistryLogin[]): RegistryLogin[] {
  return logins.filter(({ address }) => images.some((image) => image.startsWith(`${address}/`)))
}

function authOf({ username, password }: RegistryLogin): string {
  return Buffer.from(`${username}:${password}`).toString('base64')
}

function nameOf(logins: readonly RegistryLogin[]): string {
  const [first, ...more] = logins.map(({ address }) => address)
  const readable = (first ?? 'none').replace(/[^A-Za-z0-9.-]/g, '_')
  return more.length === 0 ? readable : `${readable}-${digest(more.join('\n'))}`
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12)
}
