import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { hostname } from 'node:os'
import { createInterface } from 'node:readline'

/* Runs inside the image that stands in for nginx-proxy: a real nginx, configured by that project's rules from what the
 * engine says of its containers, as far as docker-compose.yml and site steps use them: VIRTUAL_HOST, VIRTUAL_PATH,
 * VIRTUAL_PORT, /etc/nginx/certs/<host>.crt, vhost.d/<host>_<sha1 of the path>_location, conf.d/, redirect to https.
 * @see nginx-proxy, documentation "Virtual Hosts", "Path-based Routing", "SSL Support", "Custom Nginx Configuration" */

const SOCKET = '/tmp/docker.sock'
const CONFIG = '/etc/nginx/nginx.conf'

type Container = { Id: string; NetworkSettings: { Networks: Record<string, { IPAddress: string }> } }
type Details = Container & { Config: { Env: string[] | null }; State: { Running: boolean } }
type Place = { path: string; upstreams: string[] }

await configure()
const nginx = spawn('nginx', ['-c', CONFIG, '-g', 'daemon off;'], { stdio: 'inherit' })
nginx.on('exit', (code) => process.exit(code ?? 1))
process.on('SIGTERM', () => nginx.kill('SIGTERM'))
follow()

/** Every start and end of a container, and every network it joins, may change the configuration. */
function follow(): void {
  const filters = encodeURIComponent(JSON.stringify({ type: ['container', 'network'] }))
  request({ socketPath: SOCKET, path: `/events?filters=${filters}` }, (events) => {
    createInterface({ input: events }).on('line', (line) => {
      if (/"(?:Action|status)":"(?:start|die|connect|disconnect)"/.test(line)) void reconfigure()
    })
  }).end()
}

async function reconfigure(): Promise<void> {
  await configure()
  spawnSync('nginx', ['-c', CONFIG, '-s', 'reload'], { stdio: 'inherit' })
}

async function configure(): Promise<void> {
  const hosts = await hostsOf(await containers())
  writeFileSync(CONFIG, nginxConfig(hosts))
  console.log(`configured: ${[...hosts].map(([host, places]) => `${host} ${JSON.stringify(places)}`).join(', ')}`)
}

async function containers(): Promise<Details[]> {
  const all = await ask<{ Id: string }[]>('/containers/json')
  const details = await Promise.all(all.map(({ Id }) => ask<Details>(`/containers/${Id}/json`).catch(() => null)))
  return details.filter((one) => one !== null)
}

async function hostsOf(all: Details[]): Promise<Map<string, Place[]>> {
  const own = all.find(({ Id }) => Id.startsWith(hostname()))
  const reachable = Object.keys(own?.NetworkSettings.Networks ?? {})
  const hosts = new Map<string, Place[]>()
  for (const { Config, NetworkSettings } of all) {
    const env = Object.fromEntries((Config.Env ?? []).map((entry) => entry.split(/=(.*)/s)))
    const address = reachable.map((name) => NetworkSettings.Networks[name]?.IPAddress).find(Boolean)
    if (!env.VIRTUAL_HOST || address === undefined) continue
    const upstream = `${address}:${env.VIRTUAL_PORT ?? 80}`
    for (const host of env.VIRTUAL_HOST.split(',')) addPlace(hosts, host, env.VIRTUAL_PATH ?? '/', upstream)
  }
  return hosts
}

function addPlace(hosts: Map<string, Place[]>, host: string, path: string, upstream: string): void {
  const places = hosts.get(host) ?? []
  const place = places.find((one) => one.path === path)
  if (place === undefined) places.push({ path, upstreams: [upstream] })
  else place.upstreams.push(upstream)
  hosts.set(host, places)
}

function nginxConfig(hosts: Map<string, Place[]>): string {
  return `
user nobody;
worker_processes 1;
error_log stderr notice;
pid /tmp/nginx.pid;
events { worker_connections 256; }
http {
  access_log /dev/stdout;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path /tmp/${kind};`).join(' ')}
  include /etc/nginx/conf.d/*.conf;
  proxy_http_version 1.1;
  proxy_set_header Host $http_host;
  proxy_set_header X-Real-IP $remote_addr;
  proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
  proxy_set_header X-Forwarded-Proto $scheme;
  proxy_set_header Proxy "";
  server { listen 80 default_server; location / { return 503; } }
  ${[...hosts].map(([host, places]) => serverConfig(host, places)).join('\n')}
}
`
}

function serverConfig(host: string, places: Place[]): string {
  const locations = places.map((place) => locationConfig(host, place)).join('\n')
  const certificate = `/etc/nginx/certs/${host}.crt`
  const challenge = 'location ^~ /.well-known/acme-challenge/ { root /usr/share/nginx/html; }'
  if (!existsSync(certificate)) return `server { listen 80; server_name ${host}; ${challenge} ${locations} }`
  return `
  server { listen 80; server_name ${host}; ${challenge} location / { return 301 https://$http_host$request_uri; } }
  server {
    listen 443 ssl;
    server_name ${host};
    ssl_certificate ${certificate};
    ssl_certificate_key /etc/nginx/certs/${host}.key;
    ${locations}
  }`
}

function locationConfig(host: string, { path, upstreams }: Place): string {
  const own = `/etc/nginx/vhost.d/${host}_${createHash('sha1').update(path).digest('hex')}_location`
  const include = existsSync(own) ? `include ${own};` : ''
  return `location ${path} { ${include} proxy_pass http://${upstreams[0]}; }`
}

function ask<T>(path: string): Promise<T> {
  return new Promise((resolve, reject) => {
    request({ socketPath: SOCKET, path }, async (response) => {
      const chunks: Buffer[] = []
      for await (const chunk of response) chunks.push(chunk)
      const text = Buffer.concat(chunks).toString()
      if (response.statusCode === 200) resolve(JSON.parse(text))
      else reject(new Error(`${path}: ${response.statusCode} ${text}`))
    })
      .on('error', reject)
      .end()
  })
}
