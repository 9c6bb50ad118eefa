/** Whose trouble git's last words tell of. `local`: ours, and perhaps only the mirror's. */
export type GitTrouble = 'ref-gone' | 'host-key' | 'refused' | 'unavailable' | 'submodule' | 'disk' | 'local'

/** Reads git's stderr (LANG=C). What the remote itself wrote (`remote: …`) is for people: it decides nothing. */
export function classifyGitFailure(stderr: string): GitTrouble {
  const own = lines(stderr)
    .filter((line) => !line.startsWith('remote:'))
    .join('\n')
  return ORDERED.find(([, pattern]) => pattern.test(own))?.[0] ?? 'local'
}

/** The last lines that say something, in one line of at most 500 characters. */
export function lastWords(stderr: string): string {
  const telling = lines(stderr).filter((line) => !NOISE.test(line))
  const said = telling.slice(-3).join(' / ')
  return said.length > 500 ? `${said.slice(0, 499)}…` : said || 'it said nothing'
}

function lines(text: string): string[] {
  return text
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

const NOISE =
  /^Please make sure you have the correct access rights$|^and the repository exists\.$|^(?:remote: )?(?:Counting|Compressing|Enumerating|Receiving) objects|^hint: |^@+$/

/** First match decides: a refused ssh login also ends in "the remote end hung up". */
const ORDERED: [GitTrouble, RegExp][] = [
  ['ref-gone', /couldn't find remote ref /],
  ['host-key', /Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED|No \S+ host key is known for/],
  ['submodule', /transport '[^']*' not allowed|Unable to find remote helper for 'refused'/],
  ['unavailable', /returned error: (?:5\d\d|429|408)\b/],
  [
    'refused',
    /returned error: [34]\d\d\b|Authentication failed for|could not read (?:Username|Password)|repository '[^']*' not found|Repository not found|Permission denied \(|does not appear to be a git repository|unable to update url base from redirection|Load key .*:|access rights?\b.*denied|Access denied/,
  ],
  ['disk', /No space left on device|Disk quota exceeded/],
  [
    'unavailable',
    /[Cc]ould not resolve (?:host|proxy)|[Ff]ailed to connect|[Cc]ouldn't connect|Connection (?:refused|timed out|reset|closed)|Operation (?:timed out|too slow)|timed out|early EOF|unexpected disconnect|RPC failed|hung up unexpectedly|Empty reply from server|No route to host|Network is unreachable|Recv failure|transfer closed|gnutls_|SSL|TLS|certificate|kex_exchange_identification|banner exchange|name resolution/,
  ],
]
