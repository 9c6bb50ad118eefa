import { EngineDiskFull, RegistryUnavailable } from '../engine-errors.ts'

/** What an engine's message about a registry means. */
export type RegistryFailure =
  | 'certificate'
  | 'plain-http'
  | 'http-to-https'
  | 'throttled'
  | 'unreachable'
  | 'server-error'
  | 'disk-full'
  | 'denied'
  | 'missing'
  | 'unknown'

/* The engine gives no codes, only the texts of Go's HTTP client, of its own registry client and of the registries. */
const PATTERNS: [RegistryFailure, RegExp][] = [
  ['disk-full', /no space left on device/i],
  ['certificate', /x509:|tls: (?:failed to verify|bad|unknown) certificate|certificate signed by unknown/i],
  ['plain-http', /server gave HTTP response to HTTPS client/i],
  ['throttled', /toomanyrequests|429 Too Many Requests|status: 429/i],
  [
    'unreachable',
    /dial tcp|connection (?:refused|reset)|i\/o timeout|TLS handshake timeout|no such host|\bEOF\b|net\/http: |Client\.Timeout|network is unreachable|no route to host|broken pipe|server misbehaving|use of closed network|lookup \S+ on /i,
  ],
  [
    'server-error',
    /(?:unexpected (?:HTTP )?status|status code)[^\n]{0,200}\b5\d\d\b|\b50[0234] (?:Internal Server Error|Bad Gateway|Service Unavailable|Gateway Time)/i,
  ],
  [
    'denied',
    /unauthorized|authentication required|no basic auth credentials|\bdenied\b|forbidden|insufficient_scope|authorization failed|\b40[13] (?:Unauthorized|Forbidden)/i,
  ],
  // where the login is refused by a registry that may be insecure, the engine tries plain HTTP, and shows that error
  ['denied', /Client sent an HTTP request to an HTTPS server/i],
  ['http-to-https', /status code \[manifests [^\]]*\]: 400 Bad Request/i],
  ['missing', /manifest unknown|name unknown|repository name not known|not found/i],
]

export function registryFailure(message: string): RegistryFailure {
  return PATTERNS.find(([, pattern]) => pattern.test(message))?.[0] ?? 'unknown'
}

/** The error for trouble on the way to a registry or inside it; null where the registry gave a verdict on the request. */
export function registryTrouble(what: string, message: string): RegistryUnavailable | EngineDiskFull | null {
  const failure = registryFailure(message)
  if (failure === 'disk-full') return new EngineDiskFull(message)
  const hint = TROUBLE_HINTS[failure]
  if (hint === undefined) return null
  const passing = !['certificate', 'plain-http', 'http-to-https'].includes(failure)
  return new RegistryUnavailable(what, message, { passing, hint })
}

const TROUBLE_HINTS: { [F in RegistryFailure]?: string } = {
  certificate:
    "The engine does not know the registry's certificate: put its CA into /etc/docker/certs.d/<host:port>/ca.crt on the engine's machine.",
  'plain-http':
    "The registry speaks plain HTTP: give it TLS, or name it under `insecure-registries` in the engine's daemon.json.",
  'http-to-https':
    'BuildKit speaks plain HTTP to registries at loopback addresses, and this one wants TLS: give it a name other than localhost, or build with `builder: classic`.',
  throttled: 'The registry asks for patience: a login in `registries` raises the limit of most registries.',
  unreachable: "Does the registry run, and can the engine's machine reach its address?",
  'server-error': 'The registry has trouble of its own: its log says more. Is its disk full?',
}
