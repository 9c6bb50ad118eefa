import { type Document, isMap, isScalar, parseDocument } from 'yaml'
import { BundleInvalid } from '../deploy-errors.ts'

/** A repository's own docker-compose.yml; comments and order stay when it is written again. */
export type ComposeFile = {
  images: string[]
  /** with every image changed so */
  write(image: (reference: string) => string): string
}

/** @throws BundleInvalid */
export function parseComposeFile(file: string, text: string): ComposeFile {
  const document = parseDocument(text)
  const [problem] = document.errors
  if (problem) throw new BundleInvalid(`${file} is no YAML: ${problem.message.split('\n')[0]}`, HINT)
  return {
    images: imageScalars(document).map(({ value }) => value),
    write(image) {
      const changed = parseDocument(text)
      for (const { scalar, value } of imageScalars(changed)) scalar.value = image(value)
      return changed.toString()
    },
  }
}

const HINT = 'Elastic Beanstalk runs this file with Docker Compose: try `docker compose config`.'

function imageScalars(document: Document.Parsed) {
  const services = document.get('services')
  if (!isMap(services)) return []
  return services.items.flatMap(({ value: service }) => {
    const scalar = isMap(service) ? service.get('image', true) : null
    return isScalar(scalar) && typeof scalar.value === 'string' ? [{ scalar, value: scalar.value }] : []
  })
}
