import type { AwsConnection, BundlePlace, Version } from './aws-port.ts'
import type { PackedBundle } from './bundle/pack-bundle.ts'
import { BundleInvalid, VersionLabelTaken } from './deploy-errors.ts'
import type { Pace } from './pace.ts'
import { readVersionNote, writeVersionNote } from './version-note.ts'

export type WantedVersion = {
  application: string
  label: string
  commit: string
  /** label that is live before it */
  previous: string | null
  bucket: string
  bundle: PackedBundle
}

export type VersionDeps = { aws: Pick<AwsConnection, 'beanstalk' | 'objects'>; pace: Pace; say(line: string): void }

/** The version to deploy: the one of this label that is there, if it holds the same, or else a new one.
 *  @throws VersionLabelTaken, BundleInvalid, AwsError */
export async function makeVersion(wanted: WantedVersion, there: Version | null, deps: VersionDeps): Promise<Version> {
  const version = there ?? (await create(wanted, deps))
  return processed(version, wanted, deps)
}

/** Holds a version of the same label against what would be made now. An image that was rebuilt from the same commit
 *  has another digest; then the version stands, with the image that was tested for it.
 *  @throws VersionLabelTaken */
export function reuseVersion(
  there: Version,
  wanted: Omit<WantedVersion, 'previous'>,
  say: (line: string) => void,
): void {
  const note = readVersionNote(there.description)
  const name = `version ${wanted.label} of ${wanted.application}`
  if (there.bundle?.key === placeOf(wanted).key) {
    say(`${name} is there already, with this bundle`)
    return
  }
  const alike = note?.commit === wanted.commit && note.content === wanted.bundle.content.slice(0, 16)
  if (!alike) throw new VersionLabelTaken(wanted.label, wanted.application, note?.commit ?? null)
  say(`${name} is there already, from this commit; the image it was made with is kept, not the one rebuilt now`)
}

async function create(wanted: WantedVersion, { aws, say }: VersionDeps): Promise<Version> {
  const { application, label, bundle } = wanted
  const place = placeOf(wanted)
  await aws.objects.put({ ...place, ...bundle, contentType: 'application/zip', secret: false })
  say(`uploaded ${bundle.bytes} bytes to s3://${place.bucket}/${place.key}`)
  const description = writeVersionNote({ commit: wanted.commit, content: bundle.content, previous: wanted.previous })
  const version = await aws.beanstalk.createVersion({ application, label, bundle: place, description })
  say(`made version ${label} of ${application}`)
  return version
}

/** By its content, so that nothing is ever overwritten by something else. */
function placeOf(wanted: Pick<WantedVersion, 'bucket' | 'application' | 'bundle'>): BundlePlace {
  const folder = wanted.application.replace(/[^A-Za-z0-9._-]/g, '_')
  return { bucket: wanted.bucket, key: `letterbox/bundles/${folder}/${wanted.bundle.digest}.zip` }
}

/** Waits until AWS has looked at the bundle. */
async function processed(version: Version, wanted: WantedVersion, { aws, pace }: VersionDeps): Promise<Version> {
  const { application, label } = wanted
  let now = version
  while (now.status === 'PROCESSING' || now.status === 'BUILDING') {
    const next = await aws.beanstalk.version(application, label)
    if (next === null) throw new BundleInvalid(`version ${label} of ${application} was deleted while it was processed`)
    if (next.status === now.status) await pace.pause()
    now = next
  }
  pace.news()
  if (now.status !== 'FAILED') return now
  throw new BundleInvalid(
    `AWS could not process version ${label} of ${application}: it takes the bundle for invalid`,
    'Look at the events of the application in the AWS console, often a mistake in .ebextensions/; then tag anew, or delete the version.',
  )
}
