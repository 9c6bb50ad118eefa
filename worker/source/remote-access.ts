import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CloneTarget } from './source-port.ts'

/** What one call of git needs to reach one remote, and nothing else. */
export type RemoteAccess = {
  /** git's names of the transports that are open */
  protocols: string[]
  config: [key: string, value: string][]
  env: Record<string, string>
  /** texts that must not stand in a message */
  secrets: string[]
  /** Removes the key files. */
  close(): Promise<void>
}

type Keeper = { uid: number; gid: number; separate: boolean }

/** Opens the one transport that the target needs. The token travels in the environment (readable only to the same
 *  user and root), the key in a file of the user's own, both for this one call.
 *  @see git-config(1) "GIT_CONFIG_COUNT", "http.<url>.*" */
export async function openAccess(target: CloneTarget, keys: string, keeper: Keeper): Promise<RemoteAccess> {
  const protocol = /^(https?):\/\//.exec(target.url)?.[1]
  if (protocol === undefined) return openSsh(target, keys, keeper)
  const header = target.token === null ? null : basicAuth(target.token, target.tokenUser ?? 'x-access-token')
  return {
    protocols: [protocol],
    config: header === null ? [] : [[`http.${new URL(target.url).origin}/.extraHeader`, `Authorization: ${header}`]],
    env: {},
    secrets: header === null || target.token === null ? [] : [target.token, header.slice('Basic '.length)],
    close: async () => {},
  }
}

function basicAuth(token: string, user: string): string {
  const pair = token.includes(':') ? token : `${user}:${token}`
  return `Basic ${Buffer.from(pair).toString('base64')}`
}

async function openSsh(target: CloneTarget, keys: string, keeper: Keeper): Promise<RemoteAccess> {
  const folder = await mkdtemp(join(keys, 'ssh-'))
  const identity = join(folder, 'identity')
  const knownHosts = join(folder, 'known_hosts')
  await writeFile(identity, `${(target.sshKey ?? '').replaceAll('\r\n', '\n').trimEnd()}\n`, { mode: 0o600 })
  await writeFile(knownHosts, `${target.hostKeys.join('\n')}\n`, { mode: 0o600 })
  await chmod(folder, 0o700)
  if (keeper.separate) for (const path of [identity, knownHosts, folder]) await chown(path, keeper.uid, keeper.gid)
  return {
    protocols: ['ssh'],
    config: [],
    env: { GIT_SSH_COMMAND: sshCommand(identity, knownHosts), GIT_SSH_VARIANT: 'ssh' },
    secrets: [],
    close: () => rm(folder, { recursive: true, force: true }),
  }
}

/** git hands this one to a shell, so it is made of fixed words and of paths of our own, quoted.
 *  @see ssh(1), ssh_config(5) */
function sshCommand(identity: string, knownHosts: string): string {
  const options = [
    'BatchMode=yes',
    'IdentitiesOnly=yes',
    'StrictHostKeyChecking=yes',
    `IdentityFile=${forSshConfig(identity)}`,
    `UserKnownHostsFile=${forSshConfig(knownHosts)}`,
    'GlobalKnownHostsFile=/dev/null',
    'UpdateHostKeys=no',
    'VerifyHostKeyDNS=no',
    'PreferredAuthentications=publickey',
    'ForwardAgent=no',
    'ClearAllForwardings=yes',
    'ConnectTimeout=20',
    'ServerAliveInterval=15',
    'ServerAliveCountMax=4',
  ]
  const words = ['ssh', '-F', '/dev/null', ...options.flatMap((option) => ['-o', option])]
  return words.map(quoted).join(' ')
}

/** In quotes, for blanks; `%` begins a token in ssh's file names. */
function forSshConfig(path: string): string {
  return `"${path.replaceAll('%', '%%').replaceAll(/["\\]/g, '\\$&')}"`
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`
}
