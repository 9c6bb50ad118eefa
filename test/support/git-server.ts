import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestRepository, type TestRepository } from './git-repository.ts'

export type GitServerOptions = {
  /** 0 picks a free port */
  port?: number
  /** when given, every request needs this basic auth; others get 401 */
  auth?: { username: string; password: string }
}

/** How the server answers from now on: as it should, never, or with a status. */
export type GitServerMood = 'well' | 'hanging' | { status: number; location?: string }

export type GitServer = {
  /** `http://127.0.0.1:<port>`, what a forge's `url` in the config is */
  url: string
  /** `127.0.0.1:<port>`, the host of events */
  host: string
  /** folder with everything that the server keeps */
  folder: string
  /** Makes a repository; the name may have folders: `acme/shop` is cloned from `<url>/acme/shop.git`. */
  repository(name: string): Promise<TestRepository>
  behave(mood: GitServerMood): void
  /** what was asked for, oldest first */
  requests: { method: string; path: string; authorization: string | null }[]
  close(): Promise<void>
}

/** Real git over smart HTTP: git's own http-backend behind a small CGI bridge. */
export async function startGitServer(options: GitServerOptions = {}): Promise<GitServer> {
  const folder = await mkdtemp(join(tmpdir(), 'letterbox-git-'))
  await chmod(folder, 0o755)
  const requests: GitServer['requests'] = []
  const children = new Set<ChildProcessWithoutNullStreams>()
  let mood: GitServerMood = 'well'
  const server = createServer((request, response) => {
    const authorization = request.headers.authorization ?? null
    requests.push({ method: request.method ?? '', path: request.url ?? '', authorization })
    if (mood === 'hanging') return
    if (mood !== 'well') return refuse(response, mood)
    if (options.auth && !isAllowed(authorization, options.auth)) return refuse(response, { status: 401 })
    runBackend(join(folder, 'bare'), request, response, children)
  })
  const port = await listen(server, options.port ?? 0)
  const host = `127.0.0.1:${port}`
  return {
    url: `http://${host}`,
    host,
    folder,
    requests,
    repository: (name) => createTestRepository(folder, name, `http://${host}/${name}.git`),
    behave: (next) => {
      mood = next
    },
    async close() {
      for (const child of children) child.kill('SIGKILL')
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((done, fail) => {
    server.once('error', fail)
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      done(address !== null && typeof address === 'object' ? address.port : port)
    })
  })
}

function isAllowed(authorization: string | null, auth: { username: string; password: string }): boolean {
  const wanted = Buffer.from(`${auth.username}:${auth.password}`).toString('base64')
  return authorization === `Basic ${wanted}`
}

function refuse(response: ServerResponse, mood: { status: number; location?: string }): void {
  const headers: Record<string, string> = { 'content-type': 'text/plain' }
  if (mood.status === 401) headers['www-authenticate'] = 'Basic realm="git"'
  if (mood.location !== undefined) headers.location = mood.location
  response.writeHead(mood.status, headers).end(`status ${mood.status}\n`)
}

/** @see RFC 3875 (CGI) and git-http-backend(1) */
function runBackend(
  root: string,
  request: IncomingMessage,
  response: ServerResponse,
  children: Set<ChildProcessWithoutNullStreams>,
): void {
  const url = new URL(request.url ?? '/', 'http://server')
  const backend = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env.PATH,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      REQUEST_METHOD: request.method,
      PATH_INFO: decodeURIComponent(url.pathname),
      QUERY_STRING: url.search.slice(1),
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      CONTENT_LENGTH: request.headers['content-length'] ?? '',
      HTTP_CONTENT_ENCODING: String(request.headers['content-encoding'] ?? ''),
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      REMOTE_USER: 'test',
      REMOTE_ADDR: '127.0.0.1',
    },
  })
  children.add(backend)
  backend.once('close', () => children.delete(backend))
  // a client that goes away in the middle is no fault of the server
  backend.stdin.on('error', () => backend.kill())
  request.pipe(backend.stdin)
  response.once('close', () => backend.kill())
  passOn(backend, response)
}

function passOn(backend: ChildProcessWithoutNullStreams, response: ServerResponse): void {
  let head = Buffer.alloc(0)
  const onHead = (chunk: Buffer) => {
    head = Buffer.concat([head, chunk])
    const end = head.indexOf('\r\n\r\n')
    if (end < 0) return
    backend.stdout.off('data', onHead)
    const { status, headers } = parseHead(head.subarray(0, end).toString('latin1'))
    response.writeHead(status, headers)
    response.write(head.subarray(end + 4))
    backend.stdout.pipe(response)
  }
  backend.stdout.on('data', onHead)
  backend.once('close', () => {
    if (!response.headersSent) response.writeHead(500)
    response.end()
  })
}

function parseHead(head: string): { status: number; headers: Record<string, string> } {
  const lines = head.split('\r\n').map((line) => line.split(/:\s*/, 2))
  const headers = Object.fromEntries(lines.filter((pair) => pair.length === 2))
  const { Status: status, ...rest } = headers
  return { status: Number.parseInt(status ?? '200', 10), headers: rest }
}
