import type { Config } from '../../config/schema.ts'
import { SiteHostRefused } from './site-errors.ts'

const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/
const MAX_CHARS = 253

/** Names that browsers, mail programs or people take for something other than a branch's site. */
const RESERVED: ReadonlySet<string> = new Set([
  ...['www', 'web', 'app', 'api', 'admin', 'administrator', 'root', 'dashboard', 'login', 'auth', 'sso', 'account'],
  ...['letterbox', 'ci', 'registry', 'docker', 'git', 'proxy', 'localhost', 'internal', 'local'],
  ...['mail', 'webmail', 'smtp', 'imap', 'pop', 'pop3', 'mx', 'postmaster', 'hostmaster', 'webmaster', 'mta-sts'],
  ...['ns', 'ns1', 'ns2', 'ns3', 'ns4', 'dns', 'ftp', 'sftp', 'ssh', 'vpn'],
  ...['autoconfig', 'autodiscover', 'wpad', 'isatap'],
])

export type HostConfig = Pick<Config, 'server' | 'registries' | 'sites'>

/** Proves the host name of a site. The parts that the template leaves to a branch or tag may not be reserved ones; the
 *  parts that the operator has written may be anything.
 *  @param template as it stands in the config
 *  @param host the template, filled in
 *  @throws SiteHostRefused */
export function parseSiteHost(template: string, host: string, config: HostConfig): string {
  const why =
    grammarProblem(host) ?? reservedProblem(template, host, config.sites.reserved) ?? placeProblem(host, config)
  if (why !== null) throw new SiteHostRefused(host, why)
  return host
}

function grammarProblem(host: string): string | null {
  if (host.length > MAX_CHARS) return `it has more than ${MAX_CHARS} characters`
  const labels = host.split('.')
  if (labels.length < 2) return 'it has only one part'
  const wrong = labels.find((label) => !LABEL.test(label))
  if (wrong !== undefined)
    return `${JSON.stringify(wrong)} is no part of a host name: at most 63 of a-z, 0-9 and inner -`
  return /^\d+$/.test(labels.at(-1) ?? '') ? 'it looks like an IP address' : null
}

function reservedProblem(template: string, host: string, more: readonly string[]): string | null {
  for (const label of filledIn(template, host.split('.'))) {
    if (RESERVED.has(label) || more.includes(label)) return `"${label}" is reserved`
    // such as xn--…, under which a browser shows other letters. @see RFC 5890, "Reserved LDH labels"
    if (label.slice(2, 4) === '--') return `"${label}" has -- where it means another alphabet`
  }
  return null
}

/** The labels that are not wholly the operator's own text. */
function filledIn(template: string, labels: string[]): string[] {
  const begin = template.indexOf('{')
  if (begin === -1) return []
  const dots = (text: string) => text.split('.').length - 1
  const before = dots(template.slice(0, begin))
  const after = dots(template.slice(template.lastIndexOf('}') + 1))
  return labels.slice(before, labels.length - after)
}

/** A site below the dashboard's host name could set cookies for it. */
function placeProblem(host: string, { server, registries, sites }: HostConfig): string | null {
  const dashboard = server.url === undefined ? [] : [new URL(server.url).hostname]
  const own = [
    ...dashboard,
    ...Object.values(registries).map(({ address }) => address.replace(/:\d+$/, '').toLowerCase()),
  ]
  const near = own.find((name) => isBelow(host, name))
  if (near !== undefined) return `${near} serves the dashboard or a registry; nothing else may be there or below it`
  if (sites.domain !== undefined && !host.endsWith(`.${sites.domain}`)) return `it is not below ${sites.domain}`
  return null
}

function isBelow(host: string, name: string): boolean {
  return host === name || host.endsWith(`.${name}`)
}
