import { spawn } from 'node:child_process'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { execa } from 'execa'
import { listen } from './listen.ts'

export type GitHost = {
  /** `http://127.0.0.1:<port>`, and without the scheme */
  url: string
  host: string
  commit: string
  close(): void
}

/** A forge's git side: every path `<name>.git` is one and the same repository, which holds the given folder as the one
 *  commit of `main`. Served by git's own http-backend. */
export async function openGitHost(root: string, content: string): Promise<GitHost> {
  const git = async (...args: string[]) => (await execa('git', args, { cwd: content, env: GIT_ENV })).stdout
  await git('init', '--quiet', '--initial-branch=main')
  await git('add', '--all')
  await git('commit', '--quiet', '--message', 'Selftest')
  const bare = join(root, 'selftest.git')
  await git('clone', '--quiet', '--bare', '.', bare)
  const server = createServer((request, response) => serve(bare, request, response))
  const host = `127.0.0.1:${await listen(server)}`
  return {
    url: `http://${host}`,
    host,
    commit: await git('rev-parse', 'HEAD'),
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

const WHO = { NAME: 'Letterbox selftest', EMAIL: 'selftest@example.invalid' }
const GIT_ENV = {
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: WHO.NAME,
  GIT_AUTHOR_EMAIL: WHO.EMAIL,
  GIT_COMMITTER_NAME: WHO.NAME,
  GIT_COMMITTER_EMAIL: WHO.EMAIL,
}

/** @see git-http-backend(1), RFC 3875 (CGI) */
function serve(bare: string, request: IncomingMessage, response: ServerResponse): void {
  const { pathname, search } = new URL(request.url ?? '/', 'http://selftest')
  const backend = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env.PATH,
      ...GIT_ENV,
      GIT_PROJECT_ROOT: bare,
      GIT_HTTP_EXPORT_ALL: '1',
      REQUEST_METHOD: request.method,
      PATH_INFO: pathname.replace(/^.*?\.git(?=\/)/, ''),
      QUERY_STRING: search.slice(1),
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  backend.on('error', () => response.destroy())
  backend.stdin.on('error', () => backend.kill())
  response.on('close', () => backend.kill())
  request.pipe(backend.stdin)
  const chunks: Buffer[] = []
  backend.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  backend.on('close', () => answer(Buffer.concat(chunks), response))
}

/** The repository is small: its answers fit into memory. */
function answer(said: Buffer, response: ServerResponse): void {
  const end = said.indexOf('\r\n\r\n')
  const lines = said.subarray(0, Math.max(end, 0)).toString('latin1').split('\r\n')
  const headers = new Map(lines.map((line) => [line.split(': ')[0] ?? '', line.split(': ')[1] ?? '']))
  const status = Number.parseInt(headers.get('Status') ?? (end < 0 ? '500' : '200'), 10)
  response.writeHead(status, { 'content-type': headers.get('Content-Type') ?? 'text/plain' })
  response.end(end < 0 ? '' : said.subarray(end + 4))
}
