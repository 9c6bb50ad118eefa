import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { closeSync, existsSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { isAlive } from './is-alive.ts'
import { until } from './until.ts'

const PREFIX = 'letterbox-engine-'

type OwnEngine = { host: string; stop(): Promise<void> }

/** Starts a Docker Engine that shares nothing with one the machine may run later: own socket, folders, containerd
 *  namespace and bridge. It leaves the host's firewall and sysctls alone, so its containers do not reach the internet.
 *  In a network namespace of its own (`netns`, a name of ip-netns(8)) it does as an engine does on a host. */
export async function startOwnEngine(say: (line: string) => void, netns: string | null = null): Promise<OwnEngine> {
  if (process.getuid?.() !== 0)
    throw new Error('no Docker Engine answers at DOCKER_HOST or the usual socket, and only root may start one')
  await removeAbandoned(say)
  const folder = mkdtempSync(join(tmpdir(), PREFIX))
  writeFileSync(join(folder, 'owner.pid'), String(process.pid))
  const bridge = netns === null ? makeBridge(folder, say) : null
  const daemon = spawnDaemon(folder, bridge, netns)
  const stop = async () => {
    await stopDaemon(folder, daemon)
    await removeFolder(folder)
  }
  try {
    await answers(folder, daemon)
  } catch (error) {
    await stop()
    throw error
  }
  return { host: `unix://${join(folder, 'docker.sock')}`, stop }
}

/** What runs that were killed have left: an engine whose owner is gone. */
async function removeAbandoned(say: (line: string) => void): Promise<void> {
  for (const name of readdirSync(tmpdir()).filter((one) => one.startsWith(PREFIX))) {
    const folder = join(tmpdir(), name)
    const owner = readPid(join(folder, 'owner.pid'))
    if (owner !== null && isAlive(owner)) continue
    say(`removing an engine that a killed run has left in ${folder}`)
    await stopDaemon(folder, null)
    await removeFolder(folder)
  }
}

function spawnDaemon(folder: string, bridge: string | null, netns: string | null): ChildProcess {
  const log = openSync(join(folder, 'dockerd.log'), 'a')
  const args = [
    ...['--host', `unix://${join(folder, 'docker.sock')}`, '--pidfile', join(folder, 'docker.pid')],
    ...['--data-root', join(folder, 'data'), '--exec-root', join(folder, 'exec')],
    ...['--containerd-namespace', idOf(folder), '--containerd-plugins-namespace', `${idOf(folder)}-plugins`],
    ...(netns === null ? ['--iptables=false', '--ip-forward=false', '--ip-masq=false'] : []),
    ...(bridge === null ? [] : ['--bridge', bridge]),
  ]
  const [program = '', ...before] = netns === null ? ['dockerd'] : ['nsenter', `--net=/run/netns/${netns}`, 'dockerd']
  const options = { stdio: ['ignore', log, log], detached: true, env: daemonEnv() } satisfies SpawnOptions
  const daemon = spawn(program, [...before, ...args], options)
  closeSync(log)
  daemon.on('error', () => {})
  return daemon
}

/** dockerd and runc live in sbin, which a plain PATH may lack. */
function daemonEnv(): NodeJS.ProcessEnv {
  return { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/local/sbin:/usr/sbin:/sbin` }
}

async function answers(folder: string, daemon: ChildProcess): Promise<void> {
  const socketPath = join(folder, 'docker.sock')
  const log = () => readFileSync(join(folder, 'dockerd.log'), 'utf8').trim().split('\n').slice(-12).join('\n')
  await until(async () => daemon.pid === undefined || daemon.exitCode !== null || (await pinged(socketPath)), {
    what: 'the own Docker Engine to answer',
    deadlineMs: 60_000,
    describe: log,
  })
  if (daemon.pid === undefined) throw new Error('dockerd cannot be started: is the package docker.io installed?')
  if (daemon.exitCode !== null)
    throw new Error(`dockerd ended with exit code ${daemon.exitCode}; in a container it needs --privileged:\n${log()}`)
}

function pinged(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const ping = request({ socketPath, path: '/_ping', agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    ping.on('error', () => resolve(false))
    ping.end()
  })
}

/** Two engines on one bridge would give the same addresses twice. */
function makeBridge(folder: string, say: (line: string) => void): string | null {
  const name = idOf(folder)
  const made =
    ip(['link', 'add', name, 'type', 'bridge']) &&
    ip(['addr', 'add', `${freeNetwork()}.1/24`, 'dev', name]) &&
    ip(['link', 'set', name, 'up'])
  if (made) return name
  ip(['link', 'delete', name])
  say('cannot make an own network bridge; the engine uses docker0')
  return null
}

/** The first three numbers of a /24 network that no interface of this machine lies in. */
function freeNetwork(): string {
  const used = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map((one) => one.address))
  for (let third = process.pid % 250, tries = 0; tries < 250; tries++, third = (third + 1) % 250) {
    const network = `10.213.${third}`
    if (!used.some((address) => address.startsWith(`${network}.`))) return network
  }
  throw new Error('no free network in 10.213.0.0/16 for the bridge of the test engine')
}

function ip(args: string[]): boolean {
  return spawnSync('ip', args, { stdio: 'ignore', env: daemonEnv() }).status === 0
}

/** Names the bridge (at most 15 characters) and the containerd namespace. */
function idOf(folder: string): string {
  return `lbx${createHash('sha256').update(folder).digest('hex').slice(0, 10)}`
}

async function stopDaemon(folder: string, daemon: ChildProcess | null): Promise<void> {
  const pid = daemon?.pid ?? readPid(join(folder, 'docker.pid'))
  if (pid !== null && pid !== undefined && isDaemonOf(pid, folder)) {
    process.kill(pid, 'SIGTERM')
    const gone = () => daemon?.exitCode !== null && !isDaemonOf(pid, folder)
    await until(gone, { what: `dockerd (pid ${pid}) to end`, deadlineMs: 30_000 }).catch(() => {
      process.kill(pid, 'SIGKILL')
    })
  }
  for (const bridge of [idOf(folder), ...stepBridges(folder)]) ip(['link', 'delete', bridge])
}

/** An engine that ends leaves the bridges of its networks; that of the steps is in its records. */
function stepBridges(folder: string): string[] {
  const records = join(folder, 'data/network/files/local-kv.db')
  if (!existsSync(records)) return []
  return [...new Set(readFileSync(records, 'latin1').match(/lbx-[0-9a-f]{8}/g))]
}

/** A pid may have been given to another program meanwhile. */
function isDaemonOf(pid: number, folder: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(folder)
  } catch {
    return false
  }
}

async function removeFolder(folder: string): Promise<void> {
  const mounts = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .flatMap((line) => line.split(' ')[1] ?? [])
    .filter((target) => target.startsWith(`${folder}/`))
  for (const target of mounts.sort((a, b) => b.length - a.length)) spawnSync('umount', ['-l', target])
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
}

function readPid(file: string): number | null {
  if (!existsSync(file)) return null
  const pid = Number.parseInt(readFileSync(file, 'utf8'), 10)
  return Number.isInteger(pid) && pid > 1 ? pid : null
}
