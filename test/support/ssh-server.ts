import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createConnection, createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { createTestRepository, type TestRepository } from './git-repository.ts'
import { until } from './until.ts'

export type SshServer = {
  host: string
  port: number
  /** the account that the authorized key opens */
  login: string
  /** line of the server's host key as `known_hosts` holds it */
  hostKey: string
  /** PEM of the one private key that may log in */
  privateKey: string
  /** Makes a repository whose `url` is `ssh://login@host:port/…`. */
  repository(name: string): Promise<TestRepository>
  close(): Promise<void>
}

/** A real sshd on a free port of 127.0.0.1, with its own host key, that lets one key in. Needs root or runs as oneself. */
export async function startSshServer(): Promise<SshServer> {
  const folder = await mkdtemp(join(tmpdir(), 'letterbox-ssh-'))
  await chmod(folder, 0o755)
  const port = await freePort()
  const login = userInfo().username
  const hostKey = await newKey(join(folder, 'host_key'))
  const clientKey = await newKey(join(folder, 'client_key'))
  await writeFile(join(folder, 'authorized_keys'), clientKey.public, { mode: 0o600 })
  await writeFile(join(folder, 'sshd_config'), sshdConfig(folder, port))
  // sshd drops privileges into this folder and refuses to start without it
  if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true, mode: 0o755 })
  const sshd = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', join(folder, 'sshd_config')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  sshd.stderr.on('data', (chunk) => {
    said += String(chunk)
  })
  await until(() => answers(port), { what: 'sshd to listen', describe: () => said })
  return {
    host: '127.0.0.1',
    port,
    login,
    hostKey: `[127.0.0.1]:${port} ${hostKey.public.split(' ').slice(0, 2).join(' ')}`,
    privateKey: clientKey.private,
    repository: (name) =>
      createTestRepository(folder, name, `ssh://${login}@127.0.0.1:${port}${folder}/bare/${name}.git`),
    async close() {
      if (sshd.exitCode === null) {
        sshd.kill('SIGTERM')
        await once(sshd, 'exit')
      }
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function sshdConfig(folder: string, port: number): string {
  return [
    'ListenAddress 127.0.0.1',
    `Port ${port}`,
    `HostKey ${folder}/host_key`,
    `AuthorizedKeysFile ${folder}/authorized_keys`,
    `PidFile ${folder}/sshd.pid`,
    'AuthenticationMethods publickey',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin yes',
    'UsePAM no',
    'StrictModes no',
    'PermitUserEnvironment no',
    '',
  ].join('\n')
}

/** A fresh ed25519 key pair. */
export async function newKey(file: string): Promise<{ private: string; public: string }> {
  await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'letterbox-test', '-f', file])
  return { private: await readFile(file, 'utf8'), public: await readFile(`${file}.pub`, 'utf8') }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}

async function answers(port: number): Promise<boolean> {
  const socket = createConnection({ port, host: '127.0.0.1' })
  const [banner] = await once(socket, 'data')
  socket.destroy()
  return String(banner).startsWith('SSH-')
}
