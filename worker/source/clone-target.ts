import { findForge } from '../../config/known-forges.ts'
import type { Config, ForgeEntry, Repository, SecretRef } from '../../config/schema.ts'
import type { Forge } from '../../job/job-file.ts'
import { LetterboxError } from '../../job/letterbox-error.ts'
import { type CloneAddress, cloneAddress, splitHostPath } from './clone-address.ts'
import { pinnedHostKeys } from './host-keys.ts'
import type { CloneTarget } from './source-port.ts'

/** Where and how a repository is cloned, from the config alone. Resolves the one secret that this way needs.
 *  @param hostPath `host/path`, matched by a key of the config
 *  @param entry the matched repository; null for one that only a `source:` names
 *  @throws CloneAddressRefused, CloneKeyMissing, HostKeyUnknown, and what `secret` throws */
export function cloneTarget(
  config: Config,
  hostPath: string,
  entry: Repository | null,
  secret: (ref: SecretRef) => string,
): CloneTarget {
  const address = cloneAddress(config, hostPath, entry)
  const { host } = splitHostPath(hostPath)
  const forge = findForge(config.forges, host)
  const login = address.ssh === null ? httpLogin(config, address, forge) : null
  return {
    repository: hostPath,
    url: address.url,
    token: login?.token === undefined ? null : secret(login.token),
    tokenUser: TOKEN_USERS[login?.kind ?? 'github'],
    sshKey: address.ssh === null ? null : secret(sshKey(hostPath, entry, forge)),
    hostKeys: address.ssh === null ? [] : pinnedHostKeys(config, host, address.ssh),
    submodules: entry?.submodules ?? false,
    submoduleOrigins: entry?.submodules ? submoduleOrigins(config) : [],
    lfs: entry?.lfs ?? false,
  }
}

/** The forge whose token may be sent to this address: only one whose own address has the same origin. */
function httpLogin(config: Config, { url }: CloneAddress, forge: ForgeEntry | null): ForgeEntry | null {
  const { origin, host } = new URL(url)
  const forges: [string, ForgeEntry | null][] = [
    [host, findForge(config.forges, host)],
    ...(forge?.url === undefined ? [] : ([[host, forge]] as [string, ForgeEntry][])),
  ]
  const ours = forges.find(([name, one]) => one !== null && new URL(one.url ?? `https://${name}`).origin === origin)
  return ours?.[1] ?? null
}

/** The user name that goes with a forge's access tokens. */
const TOKEN_USERS: Record<Forge, string> = {
  github: 'x-access-token',
  bitbucket: 'x-token-auth',
  'bitbucket-server': 'x-token-auth',
  gitea: 'x-access-token',
  gitlab: 'oauth2',
}

function sshKey(hostPath: string, entry: Repository | null, forge: ForgeEntry | null): SecretRef {
  const key = entry?.sshKey ?? forge?.sshKey
  if (key === undefined) throw new CloneKeyMissing(hostPath)
  return key
}

function submoduleOrigins(config: Config): string[] {
  const configured = Object.entries(config.forges).map(
    ([host, forge]) => new URL(forge.url ?? `https://${host}`).origin,
  )
  return [...new Set([...configured, 'https://github.com', 'https://bitbucket.org'])]
}

class CloneKeyMissing extends LetterboxError {
  readonly code = 'CLONE_KEY_MISSING'
  readonly fault = 'theirs'
  constructor(repository: string) {
    super(`${repository} is cloned over ssh, but the config names no key`, {
      hint: 'Set sshKey: { file: … } in the repository or in forges.<host>, and add its public half to the forge.',
    })
  }
}
