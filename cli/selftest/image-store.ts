import { createHash, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { listen } from './listen.ts'

export type ImageStore = {
  /** `127.0.0.1:<port>`: engines speak plain HTTP with a loopback address */
  address: string
  /** the tags under which it took an image of this name, one entry for each time */
  taken(name: string): string[]
  close(): void
}

type Manifest = { bytes: Buffer; type: string; digest: string }
type Kept = { blobs: Map<string, Buffer>; manifests: Map<string, Manifest>; taken: string[] }

/** The least of a registry that an engine can push to and ask, in memory. @see OCI Distribution Specification 1.1 */
export async function openImageStore(): Promise<ImageStore> {
  const kept: Kept = { blobs: new Map(), manifests: new Map(), taken: [] }
  const uploads = new Map<string, Buffer[]>()
  const server = createServer((request, response) => {
    respond(request, response, kept, uploads).catch(() => response.destroy())
  })
  const address = `127.0.0.1:${await listen(server)}`
  return {
    address,
    taken: (name) => kept.taken.filter((one) => one.startsWith(`${name}:`)).map((one) => one.slice(name.length + 1)),
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  kept: Kept,
  uploads: Map<string, Buffer[]>,
): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://selftest')
  const [, name = '', kind, reference = ''] =
    /^\/v2\/(.+)\/(manifests|blobs\/uploads|blobs)\/(.*)$/.exec(pathname) ?? []
  const body = await buffer(request)
  if (kind === undefined) return end(response, pathname === '/v2/' ? 200 : 404)
  if (kind === 'manifests') return manifests(request, response, { name, reference, body }, kept)
  if (kind === 'blobs') return send(response, request, kept.blobs.get(reference), 'application/octet-stream', reference)
  const id = reference || randomUUID()
  const parts = [...(uploads.get(id) ?? []), body]
  uploads.set(id, parts)
  const digest = searchParams.get('digest')
  const location = { location: `/v2/${name}/blobs/uploads/${id}` }
  if (digest === null) return end(response, 202, { ...location, range: `0-${Buffer.concat(parts).length}` })
  kept.blobs.set(digest, Buffer.concat(parts))
  uploads.delete(id)
  end(response, 201, { location: `/v2/${name}/blobs/${digest}`, 'docker-content-digest': digest })
}

type Asked = { name: string; reference: string; body: Buffer }

function manifests(request: IncomingMessage, response: ServerResponse, { name, reference, body }: Asked, kept: Kept) {
  const key = `${name}:${reference}`
  const found = kept.manifests.get(key)
  if (request.method !== 'PUT') return send(response, request, found?.bytes, found?.type ?? '', found?.digest ?? '')
  const digest = `sha256:${createHash('sha256').update(body).digest('hex')}`
  const manifest = { bytes: body, type: request.headers['content-type'] ?? '', digest }
  kept.manifests.set(key, manifest).set(`${name}:${digest}`, manifest)
  kept.taken.push(key)
  end(response, 201, { 'docker-content-digest': digest })
}

function send(
  response: ServerResponse,
  { method }: IncomingMessage,
  bytes: Buffer | undefined,
  type: string,
  digest: string,
): void {
  if (bytes === undefined) end(response, 404)
  else
    response
      .writeHead(200, { 'content-type': type, 'content-length': bytes.length, 'docker-content-digest': digest })
      .end(method === 'HEAD' ? undefined : bytes)
}

function end(response: ServerResponse, status: number, headers: Record<string, string> = {}): void {
  response.writeHead(status, headers).end()
}
