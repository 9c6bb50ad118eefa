import type { BundlePlace } from '../aws-port.ts'
import { NothingToDeploy } from '../deploy-errors.ts'
import { writtenFile } from './bundle-file.ts'
import { collectFiles, sorted } from './collect-files.ts'
import { type ComposeFile, parseComposeFile } from './compose-file.ts'
import {
  authentication,
  type Dockerrun,
  imagesIn,
  isAuthenticated,
  parseDockerrun,
  toJson,
  writeDockerrun,
} from './dockerrun.ts'
import type { Bundle, BundleWish } from './make-bundle.ts'
import { pinTo, unpinFrom } from './pushed-image.ts'
import { readText } from './read-text.ts'
import { type CredentialsFile, credentialsFile, neededLogins } from './registry-access.ts'

const DOCKERRUN = 'Dockerrun.aws.json'
/** as older repositories spell it */
const OLD_DOCKERRUN = 'Dockerrun.aws'
const COMPOSE = 'docker-compose.yml'

/** The repository as it is, by its own Dockerrun.aws.json or docker-compose.yml. Images that this run pushed are named
 *  by digest, and where an image's registry needs a login that the file does not bring, it is told where that lies. */
export async function repositoryBundle(wish: BundleWish, bucket: string): Promise<Bundle> {
  const dockerrun = await ownDockerrun(wish.folder)
  const composeText = await readText(wish.folder, COMPOSE)
  const compose = composeText === null ? null : parseComposeFile(COMPOSE, composeText)
  if (dockerrun === null && compose === null)
    throw new NothingToDeploy(`the repository has neither ${DOCKERRUN} nor ${COMPOSE}`)
  if (dockerrun?.version === '3' && compose === null)
    throw new NothingToDeploy(`${DOCKERRUN} has version 3, which needs a ${COMPOSE} beside it`)

  const images = [...(dockerrun === null ? [] : imagesIn(dockerrun)), ...(compose?.images ?? [])]
  const credentials = neededCredentials(dockerrun, images, wish)
  const written = writtenFiles(
    { dockerrun, compose, composeText },
    wish,
    credentials && { bucket, key: credentials.key },
  )
  const pullsImage = dockerrun?.version === '1' && compose === null && images.length > 0
  const leftOut = new Set([OLD_DOCKERRUN, ...written.map(({ path }) => path), ...(pullsImage ? ['Dockerfile'] : [])])
  const files = await collectFiles(wish.folder, (path) => !leftOut.has(path))
  const pinned = images.filter((image) => pinTo(wish.pushed)(image) !== image)
  return {
    files: sorted([...written, ...files]),
    credentials,
    notes: [
      `the bundle is the repository with its own ${dockerrun === null ? COMPOSE : DOCKERRUN}`,
      ...pinned.map((image) => `${image} stands for ${pinTo(wish.pushed)(image)}`),
    ],
  }
}

async function ownDockerrun(folder: string): Promise<Dockerrun | null> {
  for (const name of [DOCKERRUN, OLD_DOCKERRUN]) {
    const text = await readText(folder, name)
    if (text !== null) return parseDockerrun(name, text)
  }
  return null
}

function neededCredentials(
  dockerrun: Dockerrun | null,
  images: string[],
  { logins }: BundleWish,
): CredentialsFile | null {
  if (dockerrun !== null && isAuthenticated(dockerrun)) return null
  const needed = neededLogins(images, logins)
  return needed.length === 0 ? null : credentialsFile(dockerrun?.version ?? '3', needed)
}

type Own = { dockerrun: Dockerrun | null; compose: ComposeFile | null; composeText: string | null }

/** Only what changes is written again. */
function writtenFiles({ dockerrun, compose, composeText }: Own, wish: BundleWish, place: BundlePlace | null) {
  const pin = pinTo(wish.pushed)
  const unpin = unpinFrom(wish.pushed)
  const files = []
  if (dockerrun !== null) {
    const [text, alike] = [pin, unpin].map((image) => writeDockerrun(dockerrun, { image, credentials: place }))
    files.push(writtenFile(DOCKERRUN, text ?? '', alike))
  } else if (place !== null) {
    files.push(writtenFile(DOCKERRUN, toJson({ AWSEBDockerrunVersion: '3', ...authentication('3', place) })))
  }
  if (compose !== null && composeText !== null && compose.images.some((image) => pin(image) !== image))
    files.push(writtenFile(COMPOSE, compose.write(pin), compose.write(unpin)))
  return files
}
