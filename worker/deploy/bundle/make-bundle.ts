import type { RegistryLogin } from '../../engines/engine.ts'
import { confine, PathMissing } from '../../steps/confine.ts'
import type { PushedImage } from '../../steps/executor.ts'
import { NothingToDeploy } from '../deploy-errors.ts'
import { type BundleFile, writtenFile } from './bundle-file.ts'
import { collectFiles, sorted } from './collect-files.ts'
import { fillTemplate, type TemplateName } from './fill-template.ts'
import { byDigest, pushedImage } from './pushed-image.ts'
import { type CredentialsFile, credentialsFile, type DockerrunVersion, neededLogins } from './registry-access.ts'
import { repositoryBundle } from './repository-bundle.ts'
import { type ContainerOptions, templateValues } from './template-values.ts'

export type BundleWish = {
  /** the checkout */
  folder: string
  /** null: the repository's own files */
  template: TemplateName | null
  /** of the images this run pushed; null: the last */
  image: string | null
  pushed: readonly PushedImage[]
  logins: readonly RegistryLogin[]
  container: ContainerOptions
}

export type Bundle = {
  files: BundleFile[]
  /** to be put into the bucket for the instances; null: all images are open */
  credentials: CredentialsFile | null
  /** for the run log */
  notes: string[]
}

/** The files of the source bundle. `bucket`: where the credentials will lie.
 *  @throws NothingToDeploy, NoImagePushed, BundleInvalid */
export async function makeBundle(wish: BundleWish, bucket: string): Promise<Bundle> {
  switch (wish.template) {
    case null:
      return repositoryBundle(wish, bucket)
    case 'dockerrun-v1':
      return imageBundle(wish, wish.template, '1', bucket)
    case 'dockerrun-v3-compose':
      return imageBundle(wish, wish.template, '3', bucket)
    case 'build-on-target':
      return sourceBundle(wish)
    default:
      return wish.template satisfies never
  }
}

/** The template's files and the repository's settings for the platform: the rest is in the image. */
async function imageBundle(
  wish: BundleWish,
  template: TemplateName,
  version: DockerrunVersion,
  bucket: string,
): Promise<Bundle> {
  const image = pushedImage(wish.pushed, wish.image)
  const logins = neededLogins([image.name], wish.logins)
  const credentials = logins.length === 0 ? null : credentialsFile(version, logins)
  const place = credentials && { bucket, key: credentials.key }
  const filled = await fillTemplate(template, templateValues(wish.container, byDigest(image), place))
  const alike = await fillTemplate(template, templateValues(wish.container, image.name, place))
  const written = filled.map(({ path, text }, index) => writtenFile(path, text, alike[index]?.text))
  const settings = await collectFiles(wish.folder, isPlatformSetting)
  return {
    files: sorted([...written, ...settings]),
    credentials,
    notes: [`the bundle is ${template} with ${byDigest(image)}`],
  }
}

/** The whole repository; a Dockerfile in it is built by the instances. */
async function sourceBundle(wish: BundleWish): Promise<Bundle> {
  await confine(wish.folder, 'Dockerfile', 'file').catch((error: unknown) => {
    if (!(error instanceof PathMissing)) throw error
    throw new NothingToDeploy('build-on-target needs a Dockerfile in the repository, and it has none')
  })
  const filled = await fillTemplate('build-on-target', templateValues(wish.container, null, null))
  const written = filled.map(({ path, text }) => writtenFile(path, text))
  const taken = new Set(['Dockerrun.aws', ...written.map(({ path }) => path)])
  const files = await collectFiles(wish.folder, (path) => !taken.has(path))
  return { files: sorted([...written, ...files]), credentials: null, notes: ['the instances build the Dockerfile'] }
}

function isPlatformSetting(path: string): boolean {
  return path.startsWith('.ebextensions/') || path.startsWith('.platform/')
}
