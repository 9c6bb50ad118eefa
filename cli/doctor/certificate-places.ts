import type { Config } from '../../config/schema.ts'

export type Place = { host: string; port: number }

/** Where a certificate is looked at: the registries of the config and `server.url`, each once. A registry without a
 *  login is somebody else's. */
export function certificatePlaces({ server, registries }: Pick<Config, 'server' | 'registries'>): Place[] {
  const own = Object.values(registries).filter(({ username }) => username !== undefined)
  const addresses = own.map(({ address }) => `https://${address}`)
  if (server.url?.startsWith('https://')) addresses.push(server.url)
  const places = addresses.map(placeOf)
  return [...new Map(places.map((place) => [`${place.host} ${place.port}`, place])).values()]
}

function placeOf(address: string): Place {
  const { hostname, port } = new URL(address)
  return { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: port === '' ? 443 : Number(port) }
}
