import { fileURLToPath } from 'node:url'
import { loadSync, type ServiceDefinition } from '@grpc/proto-loader'

/** The definition of one gRPC service out of `proto/<file>`. */
export function loadService(file: string, name: string): ServiceDefinition {
  const path = fileURLToPath(new URL(`./proto/${file}`, import.meta.url))
  const definition = loadSync(path, { keepCase: true, longs: Number, defaults: true })[name]
  if (!definition || !isService(definition)) throw new Error(`${path} has no service ${name}`)
  return definition
}

function isService(definition: object): definition is ServiceDefinition {
  return !('format' in definition)
}
