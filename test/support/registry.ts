import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Certificate, makeCertificate } from './certificate.ts'
import { endWithUs } from './end-with-us.ts'
import { until } from './until.ts'

export type TestRegistry = {
  /** `127.0.0.1:port`; engines take an unknown CA at a loopback address, so nothing is written to the host */
  address: string
  url: string
  /** file of the CA that signed its certificate, for NODE_EXTRA_CA_CERTS */
  caFile: string
  username: string
  password: string
  /** what the registry says of a reference when skopeo asks it, past Letterbox and the engine; null: not there */
  inspect(name: string, tag: string): Promise<{ digest: string; labels: Record<string, string> } | null>
  /** all tags of an image name, sorted; empty when the registry does not know the name */
  tags(name: string): Promise<string[]>
  /** the tags under which it took an image of this name, one entry for each time, oldest first */
  taken(name: string): string[]
  /** stops answering; what was pushed stays */
  down(): Promise<void>
  /** answers again, at the same address */
  up(): Promise<void>
  close(): Promise<void>
}

/** Starts the real registry with TLS by a local CA and one user, whose password stands in a bcrypt htpasswd file. */
export async function startRegistry(options: { username?: string; password?: string } = {}): Promise<TestRegistry> {
  const folder = mkdtempSync(join(tmpdir(), 'letterbox-registry-'))
  const username = options.username ?? 'ci'
  const password = options.password ?? 'open-sesame-4711'
  const certificate = makeCertificate(folder)
  const certificates = join(folder, 'trusted')
  mkdirSync(certificates)
  copyFileSync(certificate.caFile, join(certificates, 'ca.crt'))
  execFileSync('htpasswd', ['-cbB', '-C', '5', join(folder, 'htpasswd'), username, password], { stdio: 'pipe' })
  mkdirSync(join(folder, 'images'))
  let { registry, address } = await serve(folder, '127.0.0.1:0', certificate)
  const login = { address, username, password, certificates }
  return {
    address,
    url: `https://${address}`,
    caFile: certificate.caFile,
    username,
    password,
    inspect: (name, tag) => inspect(login, name, tag),
    tags: (name) => tags(login, name),
    taken: (name) => takenTags(readFileSync(join(folder, 'registry.log'), 'utf8'), name),
    down: () => stop(registry),
    up: async () => {
      registry = (await serve(folder, address, certificate)).registry
    },
    close: async () => {
      await stop(registry)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** JSON is YAML, too. */
function registryConfig(folder: string, address: string, certificate: Certificate): string {
  return JSON.stringify({
    version: 0.1,
    log: { level: 'info', accesslog: { disabled: false } },
    storage: { filesystem: { rootdirectory: join(folder, 'images') }, delete: { enabled: true } },
    auth: { htpasswd: { realm: 'letterbox-test', path: join(folder, 'htpasswd') } },
    http: {
      addr: address,
      secret: 'one-instance-only',
      tls: { certificate: certificate.certificateFile, key: certificate.keyFile },
    },
  })
}

type Serving = { registry: ChildProcess; address: string }

/** Port 0 is a free one: a port that was asked for before may have gone to another by now. */
async function serve(folder: string, listenAt: string, certificate: Certificate): Promise<Serving> {
  const logFile = join(folder, 'registry.log')
  writeFileSync(join(folder, 'config.json'), registryConfig(folder, listenAt, certificate))
  const before = existsSync(logFile) ? readFileSync(logFile, 'utf8').length : 0
  const said = () => readFileSync(logFile, 'utf8').slice(before)
  const log = openSync(logFile, 'a')
  const args = ['serve', join(folder, 'config.json')]
  const registry = endWithUs(spawn('docker-registry', args, { stdio: ['ignore', log, log] }))
  closeSync(log)
  registry.on('error', () => {})
  const ca = readFileSync(certificate.caFile)
  const answers = async () => {
    if (registry.pid === undefined || registry.exitCode !== null) return 'ended'
    const address = /listening on (127\.0\.0\.1:\d+), tls/.exec(said())?.[1]
    return address !== undefined && (await asksForLogin(address, ca)) ? address : null
  }
  const address = await until(answers, { what: 'the registry to answer', describe: said })
  if (address === 'ended') throw new Error(`the registry cannot be started: ${said().slice(-2000)}`)
  return { registry, address }
}

function asksForLogin(address: string, ca: Buffer): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request(`https://${address}/v2/`, { ca, agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode === 401)
    })
    asked.on('error', () => resolve(false))
    asked.end()
  })
}

async function stop(registry: ChildProcess): Promise<void> {
  if (registry.exitCode !== null || registry.signalCode !== null) return
  const ended = new Promise((resolve) => registry.once('exit', resolve))
  registry.kill('SIGKILL')
  await ended
}

function takenTags(accessLog: string, name: string): string[] {
  const taken = accessLog.matchAll(/"PUT \/v2\/(\S+)\/manifests\/(\S+) HTTP\/[\d.]+" 201 /g)
  return [...taken].flatMap(([, image, tag]) => (image === name && tag !== undefined ? [tag] : []))
}

type Login = { address: string; username: string; password: string; certificates: string }

async function inspect(login: Login, name: string, tag: string) {
  const said = await skopeo(login, ['inspect', `docker://${login.address}/${name}:${tag}`])
  if (said === null) return null
  const { Digest, Labels } = parseInspection(said)
  return { digest: Digest, labels: Labels ?? {} }
}

async function tags(login: Login, name: string): Promise<string[]> {
  const said = await skopeo(login, ['list-tags', `docker://${login.address}/${name}`])
  return said === null ? [] : parseTags(said).Tags.sort()
}

async function skopeo(login: Login, [command = '', reference = '']: string[]): Promise<string | null> {
  const args = [command, '--cert-dir', login.certificates, '--creds', `${login.username}:${login.password}`, reference]
  try {
    return (await promisify(execFile)('skopeo', args)).stdout
  } catch (error) {
    if (error instanceof Error && /manifest unknown|name unknown|404 \(Not Found\)/i.test(error.message)) return null
    throw error
  }
}

function parseInspection(text: string): { Digest: string; Labels: Record<string, string> | null } {
  return JSON.parse(text)
}

function parseTags(text: string): { Tags: string[] } {
  return JSON.parse(text)
}
