import type { RegistryLogin } from '../engine.ts'

const HUB = ['docker.io', 'index.docker.io', 'registry-1.docker.io']
/** The engine's own key for Docker Hub. */
const HUB_KEY = 'https://index.docker.io/v1/'

/** The login for the registry at this address, as an image reference or BuildKit names it. */
export function loginFor(address: string, logins: RegistryLogin[]): RegistryLogin | null {
  return logins.find((login) => canonical(login.address) === canonical(address)) ?? null
}

/** The registry's address in an image reference; what has no host is Docker Hub's. */
export function registryOf(reference: string): string {
  const [first = '', ...rest] = reference.split('/')
  return rest.length > 0 && /[.:]|^localhost$/.test(first) ? first : 'docker.io'
}

/** `X-Registry-Auth`; without a login an empty one, for the engine insists on the header. */
export function authConfig(login: RegistryLogin | null): object {
  if (!login) return {}
  return { username: login.username, password: login.password, serveraddress: key(login.address) }
}

/** `X-Registry-Config`: all logins at once, for the classic builder. */
export function registryConfig(logins: RegistryLogin[]): object {
  return Object.fromEntries(logins.map((login) => [key(login.address), authConfig(login)]))
}

function key(address: string): string {
  return HUB.includes(address) ? HUB_KEY : address
}

function canonical(address: string): string {
  return HUB.includes(address) ? 'docker.io' : address.toLowerCase()
}
