import ipaddr from 'ipaddr.js'

type Address = ReturnType<typeof ipaddr.process>
type Network = [Address, number]

/** More hops than any real chain of proxies. */
const MAX_HOPS = 32

/** Who sent a request: the socket's peer, unless that is a proxy we trust, then the right-most hop of its
 *  X-Forwarded-For that is none. What stands further left was written by strangers. */
export function remoteAddress(peer: string, forwardedFor: string | undefined, trusted: readonly string[]): string {
  const networks = trusted.map(network).filter((parsed) => parsed !== null)
  let nearest = address(peer)
  if (nearest === null) return peer
  const hops = (forwardedFor ?? '').split(',').slice(-MAX_HOPS)
  while (hops.length > 0 && isTrusted(nearest, networks)) {
    const hop = address(hops.pop()?.trim() ?? '')
    if (hop === null) break
    nearest = hop
  }
  return nearest.toString()
}

function isTrusted(candidate: Address, networks: Network[]): boolean {
  return networks.some(([base, bits]) => base.kind() === candidate.kind() && candidate.match(base, bits))
}

function address(text: string): Address | null {
  return ipaddr.isValid(text) ? ipaddr.process(text) : null
}

/** `10.0.0.0/8` or a single address; null for anything else, which then trusts nobody. */
export function network(text: string): Network | null {
  if (ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text)
  const single = address(text)
  return single === null ? null : [single, single.kind() === 'ipv4' ? 32 : 128]
}
