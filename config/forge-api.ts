import type { ForgeEntry } from './schema.ts'

/** Base address of a forge's API, without a slash at its end. @see GitHub documentation "Getting started with the REST API"
 *  for Enterprise Server; Bitbucket Cloud documentation "Intro to REST" */
export function forgeApi(host: string, { kind, api, url }: Pick<ForgeEntry, 'kind' | 'api' | 'url'>): string {
  if (api !== undefined) return api.replace(/\/+$/, '')
  const name = host.toLowerCase()
  if (name === 'github.com' || name === 'bitbucket.org') return `https://api.${name}`
  const base = (url ?? `https://${name}`).replace(/\/+$/, '')
  return kind === 'github' ? `${base}/api/v3` : base
}
