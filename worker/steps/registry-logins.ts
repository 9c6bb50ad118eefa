import type { Registry } from '../../config/schema.ts'
import { LetterboxError } from '../../job/letterbox-error.ts'
import type { RegistryLogin } from '../engines/engine.ts'
import type { StepContext } from './executor.ts'

/** The login of one registry; null where the config has none: then it is used without.
 *  @throws SecretMissing, SecretEmpty */
export function registryLogin(registry: Registry, secret: StepContext['secret']): RegistryLogin | null {
  if (registry.username === undefined || registry.password === undefined) return null
  return { address: registry.address, username: registry.username, password: secret(registry.password) }
}

/** The logins of all registries, for base images: which of them a Dockerfile needs only the builder finds out. So one
 *  whose password cannot be read is said in the log and left out, instead of failing builds that never need it. */
export function registryLogins({ config, secret, io }: Pick<StepContext, 'config' | 'secret' | 'io'>): RegistryLogin[] {
  return Object.values(config.registries).flatMap((registry) => {
    try {
      return registryLogin(registry, secret) ?? []
    } catch (error) {
      if (!(error instanceof LetterboxError)) throw error
      io.say(`building without the login of ${registry.address}: ${error.message}`)
      return []
    }
  })
}
