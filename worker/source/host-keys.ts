import { findForge } from '../../config/known-forges.ts'
import type { Config } from '../../config/schema.ts'
import { LetterboxError } from '../../job/letterbox-error.ts'

/** What the forges publish about their ed25519 keys.
 *  @see GitHub's SSH key fingerprints; Bitbucket Cloud: Configure SSH and two-step verification */
const PUBLISHED: ReadonlyMap<string, string> = new Map([
  ['github.com', 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl'],
  ['bitbucket.org', 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIazEu89wgQZ4bqs3d63QSMzYVa0MuJ2e2gKTKqu+UUO'],
])

/** The known_hosts lines for an ssh server: of the forge's entry, or those that the forge publishes.
 *  An entry may be a whole line, or the key alone (`ssh-ed25519 AAAA…`), which then is this server's.
 *  @throws HostKeyUnknown @see sshd(8) "SSH_KNOWN_HOSTS FILE FORMAT" */
export function pinnedHostKeys(config: Config, forgeHost: string, server: { host: string; port: string }): string[] {
  const name = server.port === '' || server.port === '22' ? server.host : `[${server.host}]:${server.port}`
  const configured = [server.host, name, forgeHost]
    .map((host) => findForge(config.forges, host)?.hostKeys)
    .find((keys) => keys !== undefined && keys.length > 0)
  const published = server.port === '' || server.port === '22' ? PUBLISHED.get(server.host) : undefined
  const keys = configured ?? (published === undefined ? [] : [published])
  if (keys.length === 0) throw new HostKeyUnknown(name, scanCommand(server))
  return keys.flatMap((key) => key.split(/\r?\n/)).map((line) => withHost(line.trim(), name))
}

function withHost(line: string, name: string): string {
  return /^(?:ssh-|ecdsa-|sk-)[^\s]+\s/.test(line) ? `${name} ${line}` : line
}

function scanCommand({ host, port }: { host: string; port: string }): string {
  return port === '' ? `ssh-keyscan -t ed25519 ${host}` : `ssh-keyscan -t ed25519 -p ${port} ${host}`
}

class HostKeyUnknown extends LetterboxError {
  readonly code = 'HOST_KEY_UNKNOWN'
  readonly fault = 'theirs'
  constructor(host: string, scan: string) {
    super(`no host key of ${host} is known, so nothing can prove that it is the right server`, {
      hint: `Run "${scan}", compare the key with what the server's owner publishes, and put the line into forges.<host>.hostKeys.`,
    })
  }
}
