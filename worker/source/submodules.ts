import type { CheckoutWork } from './checkout.ts'
import { GitTroubled } from './git.ts'
import { SubmoduleRefused } from './source-errors.ts'
import type { CloneTarget } from './source-port.ts'

/** Fetches submodules at every depth, from the target's own host and the allowed origins only.
 *  @throws SubmoduleRefused */
export async function fetchSubmodules(path: string, target: CloneTarget, work: CheckoutWork): Promise<void> {
  const { git, signal, limitMs, access } = work
  const rules = submoduleRules(target)
  try {
    await git({
      args: ['submodule', '--quiet', 'update', '--init', '--recursive'],
      cwd: path,
      signal,
      limitMs,
      access: {
        ...access,
        protocols: [...new Set([...access.protocols, ...rules.protocols])],
        config: [...access.config, ...rules.config],
      },
    })
  } catch (error) {
    if (error instanceof GitTroubled && error.trouble === 'submodule') throw new SubmoduleRefused(error.said)
    throw error
  }
}

type Rules = { protocols: string[]; config: [string, string][] }

/** Rewrites every address to one that no transport serves, but the allowed ones to themselves: the longest prefix
 *  wins. So it holds at every depth, whatever `.gitmodules` says. The forge's other spelling of the same repository is
 *  rewritten to the one that our token or key opens. @see git-config(1) "url.<base>.insteadOf" */
function submoduleRules(target: CloneTarget): Rules {
  const ssh = sshPlace(target.url)
  const own = ssh === null ? new URL(target.url).origin : null
  const ownHost = ssh?.host ?? new URL(target.url).hostname
  const others = (target.submoduleOrigins ?? []).filter((origin) => new URL(origin).hostname !== ownHost)
  const config = [
    ...(own === null ? [] : httpsRules(own)),
    ...(ssh === null ? [] : sshRules(ssh)),
    ...others.flatMap(httpsRules),
  ]
  return {
    protocols: others.map((origin) => new URL(origin).protocol.slice(0, -1)),
    config: [...config, ...NOTHING_ELSE],
  }
}

/** Any ssh server but the pinned one is refused by its host key, but is not even to be called. */
const NOTHING_ELSE: [string, string][] = ['https://', 'http://', 'ssh://', 'git@'].map((prefix) => [
  'url.refused://.insteadOf',
  prefix,
])

function httpsRules(origin: string): [string, string][] {
  const { hostname } = new URL(origin)
  return rewrite(`${origin}/`, [`${origin}/`, `git@${hostname}:`, `ssh://git@${hostname}/`])
}

function sshRules({ user, host, port }: SshPlace): [string, string][] {
  if (port !== '')
    return rewrite(`ssh://${user}@${host}:${port}/`, [`ssh://${user}@${host}:${port}/`, `https://${host}/`])
  return [
    ...rewrite(`ssh://${user}@${host}/`, [`ssh://${user}@${host}/`, `https://${host}/`]),
    ...rewrite(`${user}@${host}:`, [`${user}@${host}:`]),
  ]
}

function rewrite(to: string, spellings: string[]): [string, string][] {
  return spellings.map((spelling) => [`url.${to}.insteadOf`, spelling])
}

type SshPlace = { user: string; host: string; port: string }

function sshPlace(url: string): SshPlace | null {
  if (/^https?:\/\//.test(url)) return null
  if (url.startsWith('ssh://')) {
    const { username, hostname, port } = new URL(url)
    return { user: username, host: hostname, port }
  }
  const [, user = '', host = ''] = /^([^@]+)@([^:]+):/.exec(url) ?? []
  return { user, host, port: '' }
}
