import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import type Docker from 'dockerode'
import { endWithUs } from './end-with-us.ts'
import { freePort } from './free-port.ts'
import { until } from './until.ts'

export type NginxProxy = {
  port: number
  /** The answer for this host name. */
  get(host: string, path?: string): Promise<ProxyAnswer>
  /** the configuration of now */
  conf(): string
  close(): Promise<void>
}
export type ProxyAnswer = { status: number; body: string; ms: number }

/** What docker-gen listens to unless told otherwise: not to containers that join or leave a network.
 *  @see docker-gen README, `-event-filter` */
const EVENTS = ['start', 'stop', 'die', 'health_status']

/** A real nginx, configured as nginx-proxy does it: at every event that docker-gen hears, each host name of a running
 *  container's VIRTUAL_HOST becomes a server, with those of its containers as upstream that are in the proxy's network. */
export async function startNginxProxy(docker: Docker, folder: string, network: string): Promise<NginxProxy> {
  const port = await freePort()
  const confFile = join(folder, 'nginx.conf')
  mkdirSync(join(folder, 'tmp'), { recursive: true })
  let conf = ''
  const troubles: string[] = []
  const generate = async () => {
    const next = confFor(await upstreams(docker, network), { folder, port })
    const changed = next !== conf
    conf = next
    writeFileSync(confFile, conf)
    return changed
  }
  await generate()
  const nginx = endWithUs(spawn('nginx', ['-c', confFile, '-p', folder, '-e', join(folder, 'error.log')], QUIET))
  const events = await docker.getEvents({ filters: JSON.stringify({ type: ['container'], event: EVENTS }) })
  let busy: Promise<void> = Promise.resolve()
  events.on('data', () => {
    // as docker-gen does, it goes on with the next event where the engine could not be asked
    busy = busy
      .then(async () => {
        if (await generate()) nginx.kill('SIGHUP')
      })
      .catch((error: unknown) => void troubles.push(String(error)))
  })
  events.on('error', () => {})
  const get = (host: string, path = '/') => ask(port, host, path)
  await until(async () => (await get('nobody.example.com')).status === 503, { what: 'nginx to answer' })
  return {
    port,
    get,
    conf: () => [conf, ...troubles].join('\n'),
    async close() {
      if ('destroy' in events && typeof events.destroy === 'function') events.destroy()
      await busy
      nginx.kill('SIGTERM')
      await until(() => hasEnded(nginx), { what: 'nginx to end' })
    },
  }
}

const QUIET = { stdio: 'ignore' as const, env: { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin` } }

function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null
}

/** nginx waits a minute for a container that is gone; a visitor does not. */
const ANSWER_MAX_MS = 3000

type Upstreams = Map<string, string[]>

async function upstreams(docker: Docker, network: string): Promise<Upstreams> {
  const found: Upstreams = new Map()
  for (const { Id } of await docker.listContainers()) {
    const container = await docker
      .getContainer(Id)
      .inspect()
      .catch(() => null)
    if (!container?.State.Running) continue
    const env = new Map(container.Config.Env.map((entry) => split(entry)))
    const host = env.get('VIRTUAL_HOST')
    if (!host) continue
    const port = portOf(Object.keys(container.Config.ExposedPorts ?? {}), env.get('VIRTUAL_PORT'))
    const address = container.NetworkSettings.Networks[network]?.IPAddress
    const servers = found.get(host) ?? []
    if (address && port) servers.push(`${address}:${port}`)
    found.set(host, servers)
  }
  return new Map([...found].map(([host, servers]) => [host, servers.sort()]))
}

/** The only exposed port, else VIRTUAL_PORT where it is exposed. */
function portOf(exposed: string[], wanted = '80'): string | undefined {
  const ports = exposed.map((one) => one.replace(/\/tcp$/, ''))
  return ports.length === 1 ? ports[0] : ports.find((one) => one === wanted)
}

function split(entry: string): [string, string] {
  const at = entry.indexOf('=')
  return at === -1 ? [entry, ''] : [entry.slice(0, at), entry.slice(at + 1)]
}

function confFor(found: Upstreams, { folder, port }: { folder: string; port: number }): string {
  const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  return [
    'daemon off; worker_processes 1; pid nginx.pid;',
    ...(process.getuid?.() === 0 ? ['user root;'] : []),
    'events { worker_connections 256; }',
    'http {',
    '  access_log off; server_names_hash_bucket_size 256;',
    ...temp.map((name) => `  ${name}_temp_path ${join(folder, 'tmp', name)};`),
    '  proxy_http_version 1.1; proxy_buffering off; proxy_set_header Host $http_host;',
    `  server { listen 127.0.0.1:${port} default_server; server_name _; return 503; }`,
    ...[...found].flatMap(([host, servers], index) => [
      `  upstream u${index} { ${servers.map((one) => `server ${one};`).join(' ') || 'server 127.0.0.1 down;'} }`,
      `  server { listen 127.0.0.1:${port}; server_name ${host}; location / { proxy_pass http://u${index}; } }`,
    ]),
    '}\n',
  ].join('\n')
}

function ask(port: number, host: string, path: string): Promise<ProxyAnswer> {
  const began = performance.now()
  const headers = { host, connection: 'close' }
  const signal = AbortSignal.timeout(ANSWER_MAX_MS)
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, headers, agent: false, signal }, (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        body += chunk
      })
      response.on('error', reject)
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body, ms: performance.now() - began }))
    })
    asked.on('error', reject)
    asked.end()
  })
}
