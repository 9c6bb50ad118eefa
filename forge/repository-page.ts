import { DeliveryMalformed } from './delivery-malformed.ts'

/** Where a repository stands, read from the address of its own page. */
export type RepositoryPage = {
  /** scheme and host */
  origin: string
  /** with the port where the address has one */
  host: string
  hostname: string
  /** `owner/name`, as the address spells it */
  path: string
  /** last part of the path */
  name: string
  url: string
}

/** The page's address and the full name must agree: what is configured is matched against `host/path`.
 *  @throws DeliveryMalformed */
export function repositoryPage(address: string, fullName: string): RepositoryPage {
  const url = address.length <= 1300 && URL.canParse(address) ? new URL(address) : null
  if (url === null || !/^https?:$/.test(url.protocol) || url.username || url.password || url.search || url.hash) {
    throw new DeliveryMalformed("the repository's page is no plain web address")
  }
  const path = url.pathname.replace(/^\//, '').replace(/\/$/, '')
  if (path.toLowerCase() !== fullName.toLowerCase() || !/^[\w.-]+(?:\/[\w.-]+)+$/.test(path)) {
    throw new DeliveryMalformed("the repository's page and full name do not agree")
  }
  const name = path.slice(path.lastIndexOf('/') + 1)
  return { origin: url.origin, host: url.host, hostname: url.hostname, path, name, url: `${url.origin}/${path}` }
}
