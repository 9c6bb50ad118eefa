import Docker from 'dockerode'
import type { Registry } from '../../config/schema.ts'
import { resolveSecret } from '../../config/secret.ts'
import { type Check, fail, ok, wordsOf } from './check.ts'

type Deps = { env: Record<string, string | undefined>; limitMs: number }

/** Asks the registry, through the engine that will push to it, whether the login is good. */
export async function checkRegistry(key: string, registry: Registry, deps: Deps): Promise<Check> {
  const name = `registry ${key}`
  const { address, username, password } = registry
  if (username === undefined || password === undefined) return ok(name, `${address}: used without a login`)
  try {
    const login = { username, password: resolveSecret(password, deps.env), serveraddress: address }
    await new Docker({ timeout: deps.limitMs }).checkAuth(login)
    return ok(name, `${address}: login of ${username} is good`)
  } catch (error) {
    return fail(
      name,
      `${address}: ${wordsOf(error)}`,
      'Check address, user name and password; a registry with a certificate of its own needs it in /etc/docker/certs.d/.',
    )
  }
}
