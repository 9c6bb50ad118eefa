import { z } from 'zod'
import type { BundlePlace } from '../aws-port.ts'
import { BundleInvalid } from '../deploy-errors.ts'
import type { DockerrunVersion } from './registry-access.ts'

const version = z
  .union([z.string(), z.number()])
  .transform(String)
  .pipe(z.enum(['1', '2', '3']))

const Document = z.looseObject({
  AWSEBDockerrunVersion: version,
  Image: z.looseObject({ Name: z.string().min(1) }).optional(),
  containerDefinitions: z.array(z.looseObject({ image: z.string().optional() })).optional(),
})
type Document = z.infer<typeof Document>

/** A repository's own Dockerrun.aws.json. */
export type Dockerrun = { version: DockerrunVersion; document: Document; written: unknown }

/** @throws BundleInvalid */
export function parseDockerrun(file: string, text: string): Dockerrun {
  const written = parseJson(file, text)
  const parsed = Document.safeParse(written)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const where = issue?.path.join('.') || 'the document'
    throw new BundleInvalid(`${file}: ${where}: ${issue?.message ?? 'not as it must be'}`, HINT)
  }
  return { version: parsed.data.AWSEBDockerrunVersion, document: parsed.data, written }
}

const HINT = 'See "Dockerrun.aws.json" in the Elastic Beanstalk developer guide; versions 1, 2 and 3 are known.'

/** The images it names, in their order. */
export function imagesIn({ document }: Dockerrun): string[] {
  const inContainers = (document.containerDefinitions ?? []).flatMap(({ image }) => image ?? [])
  return document.Image === undefined ? inContainers : [document.Image.Name, ...inContainers]
}

export function isAuthenticated({ document }: Dockerrun): boolean {
  return Object.keys(document).some((key) => key.toLowerCase() === 'authentication')
}

/** The file again, with other images and, where it is given, the place of the credentials. */
export function writeDockerrun(
  { document, version }: Dockerrun,
  change: { image(reference: string): string; credentials: BundlePlace | null },
): string {
  const { Image, containerDefinitions } = document
  return toJson({
    ...document,
    AWSEBDockerrunVersion: version === '2' ? 2 : version,
    ...(change.credentials !== null && authentication(version, change.credentials)),
    ...(Image !== undefined && { Image: { ...Image, Name: change.image(Image.Name) } }),
    ...(containerDefinitions !== undefined && {
      containerDefinitions: containerDefinitions.map((one) =>
        one.image === undefined ? one : { ...one, image: change.image(one.image) },
      ),
    }),
  })
}

/** The spelling differs between the versions. */
export function authentication(version: DockerrunVersion, { bucket, key }: BundlePlace) {
  switch (version) {
    case '1':
      return { Authentication: { Bucket: bucket, Key: key } }
    case '2':
      return { authentication: { bucket, key } }
    case '3':
      return { Authentication: { bucket, key } }
    default:
      return version satisfies never
  }
}

export function toJson(document: unknown): string {
  return `${JSON.stringify(document, null, 2)}\n`
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new BundleInvalid(`${file} is no JSON: ${error instanceof Error ? error.message : String(error)}`, HINT)
  }
}
