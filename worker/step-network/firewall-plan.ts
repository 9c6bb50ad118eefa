import ipaddr from 'ipaddr.js'

export type Family = 'ipv4' | 'ipv6'

/** What steps must not reach, and from where. */
export type Barrier = {
  /** of this installation: chains of several on one machine do not meet */
  id: string
  /** the bridge of the steps' network: neither metadata nor this machine */
  bridge: string
  /** a bridge that is only kept from the metadata addresses; null: none */
  metadataOnly: string | null
  /** addresses and networks that stay reachable */
  allow: readonly string[]
}

/** Where clouds answer what a machine may do, credentials among it: link-local addresses (AWS, Google, Azure, Oracle,
 *  OpenStack and most others; ECS tasks), Alibaba, Azure's wire server, Oracle's old one. */
const METADATA: Record<Family, readonly string[]> = {
  ipv4: ['169.254.0.0/16', '100.100.100.200/32', '168.63.129.16/32', '192.0.0.192/32'],
  ipv6: ['fe80::/10', 'fd00:ec2::/32', 'fd20:ce::254/128'],
}

const REJECT: Record<Family, string> = {
  ipv4: '-j REJECT --reject-with icmp-port-unreachable',
  ipv6: '-j REJECT --reject-with icmp6-port-unreachable',
}

/** Names of chains have at most 28 characters. */
export const forwardChain = (id: string) => `LETTERBOX-STEPS-${id.slice(0, 8)}`
export const hostChain = (id: string) => `LETTERBOX-HOST-${id.slice(0, 8)}`

/** Our rules in the form in which `iptables -S` prints them, so that what is in force can be compared.
 *  Names are resolved by servers at link-local addresses in some clouds, and on some hosts by the host: port 53 stays. */
export function wantedRules(barrier: Barrier, family: Family): string[] {
  const { id, bridge, metadataOnly } = barrier
  const forward = forwardChain(id)
  const host = hostChain(id)
  const allowed = barrier.allow.filter((one) => familyOf(one) === family).map((one) => canonical(one))
  const exempt = (chain: string) => [
    `-A ${chain} -p udp -m udp --dport 53 -j RETURN`,
    `-A ${chain} -p tcp -m tcp --dport 53 -j RETURN`,
    ...allowed.map((network) => `-A ${chain} -d ${network} -j RETURN`),
  ]
  return [
    ...exempt(forward),
    ...METADATA[family].map((network) => `-A ${forward} -d ${network} ${REJECT[family]}`),
    `-A ${host} -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN`,
    ...exempt(host),
    ...(family === 'ipv6' ? [`-A ${host} -p ipv6-icmp -j RETURN`] : []),
    `-A ${host} ${REJECT[family]}`,
    ...jumpsOf({ bridge, metadataOnly }, forward, host),
  ]
}

function jumpsOf({ bridge, metadataOnly }: Pick<Barrier, 'bridge' | 'metadataOnly'>, forward: string, host: string) {
  const jumps = [`-A <FORWARD> -i ${bridge} -j ${forward}`, `-A INPUT -i ${bridge} -j ${host}`]
  return metadataOnly === null ? jumps : [...jumps, `-A <FORWARD> -i ${metadataOnly} -j ${forward}`]
}

/** What `iptables-restore --noflush` must read so that exactly the wanted rules of this installation are there; null
 *  when they are. Our chains are replaced whole, in one step; nobody else's rule is touched. */
export function changeOf(current: readonly string[], wanted: readonly string[], id: string): string | null {
  const parent = current.includes('-N DOCKER-USER') ? 'DOCKER-USER' : 'FORWARD'
  const target = wanted.map((rule) => rule.replace('<FORWARD>', parent))
  const own = current.filter((rule) => isOf(rule, id) && rule.startsWith('-A '))
  if (sameRules(own, target)) return null
  const chains = [forwardChain(id), hostChain(id)]
  const isJump = (rule: string) => !chains.some((chain) => rule.startsWith(`-A ${chain} `))
  return [
    '*filter',
    ...chains.map((chain) => `:${chain} - [0:0]`),
    ...own.filter(isJump).map((rule) => rule.replace('-A ', '-D ')),
    ...target.filter((rule) => !isJump(rule)),
    ...target.filter(isJump).map((rule) => rule.replace(/^-A (\S+)/, '-I $1 1')),
    'COMMIT\n',
  ].join('\n')
}

/** What takes every rule and chain of this installation away; null when there is none. */
export function removalOf(current: readonly string[], id: string): string | null {
  const own = current.filter((rule) => isOf(rule, id))
  if (own.length === 0) return null
  const chains = own.filter((rule) => rule.startsWith('-N ')).map((rule) => rule.slice(3))
  const jumps = own.filter((rule) => rule.startsWith('-A ') && !chains.some((c) => rule.startsWith(`-A ${c} `)))
  return [
    '*filter',
    ...jumps.map((rule) => rule.replace('-A ', '-D ')),
    ...chains.map((chain) => `-F ${chain}`),
    ...chains.map((chain) => `-X ${chain}`),
    'COMMIT\n',
  ].join('\n')
}

function isOf(rule: string, id: string): boolean {
  const words = rule.split(' ')
  return words.includes(forwardChain(id)) || words.includes(hostChain(id))
}

/** Their order counts within a chain; jumps stand in chains of others, in any order. */
function sameRules(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false
  return [...a].sort().join('\n') === [...b].sort().join('\n')
}

function familyOf(network: string): Family {
  return ipaddr.parse(network.split('/')[0] ?? '').kind()
}

/** As iptables prints it: the network's own address, with its length. */
function canonical(network: string): string {
  const [address = '', length] = network.split('/')
  const parsed = ipaddr.parse(address)
  if (length === undefined) return `${parsed.toString()}/${parsed.kind() === 'ipv4' ? 32 : 128}`
  const base =
    parsed.kind() === 'ipv4' ? ipaddr.IPv4.networkAddressFromCIDR(network) : ipaddr.IPv6.networkAddressFromCIDR(network)
  return `${base.toString()}/${length}`
}
