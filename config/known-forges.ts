import type { Config, ForgeEntry } from './schema.ts'

/** Hosts that need no entry in `forges`. */
const KNOWN: { [host: string]: Pick<ForgeEntry, 'kind' | 'clone'> } = {
  'github.com': { kind: 'github', clone: 'https' },
  'bitbucket.org': { kind: 'bitbucket', clone: 'https' },
}

/** The forge of a host: its entry, or what is known without one. Hosts are compared without regard to case. */
export function findForge(forges: Config['forges'], host: string): ForgeEntry | null {
  const wanted = host.toLowerCase()
  const key = Object.keys(forges).find((name) => name.toLowerCase() === wanted)
  return (key === undefined ? undefined : forges[key]) ?? (isKnownHost(wanted) ? (KNOWN[wanted] ?? null) : null)
}

export function isKnownHost(host: string): boolean {
  return Object.hasOwn(KNOWN, host.toLowerCase())
}
