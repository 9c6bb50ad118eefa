import { createHmac } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { z } from 'zod'

export type AskedHook = { url: string; secret: string; events: string[]; active: boolean }
export type ForgeApi = {
  /** value for `forges.<host>.api`; for GitHub Enterprise `/api/v3` belongs to it */
  url: string
  hooks: AskedHook[]
  /** every request, `POST /repos/acme/shop/hooks` */
  asked: string[]
  close(): Promise<void>
}

const GithubHook = z.object({
  name: z.literal('web'),
  active: z.boolean(),
  events: z.array(z.string()).min(1),
  config: z.object({
    url: z.url(),
    secret: z.string(),
    content_type: z.literal('json'),
    insecure_ssl: z.literal('0'),
  }),
})
const BitbucketHook = z.object({
  description: z.string(),
  url: z.url(),
  active: z.boolean(),
  events: z.array(z.string()).min(1),
  secret: z.string(),
})

/** The webhook part of both forges' APIs over real HTTP, for `acme/shop`, as their documentation describes it: wants the
 *  token, keeps what was made, and, as GitHub does, pings a new webhook. */
export async function startForgeApi(token: string): Promise<ForgeApi> {
  const hooks: AskedHook[] = []
  const asked: string[] = []
  const server = createServer(async (request, response) => {
    asked.push(`${request.method} ${request.url}`)
    const { status, body } = await answer(request, token, hooks)
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = address(server.address())
  return {
    url: `http://127.0.0.1:${port}`,
    hooks,
    asked,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

function address(found: AddressInfo | string | null): AddressInfo {
  if (found === null || typeof found === 'string') throw new Error(`no port: ${found}`)
  return found
}

async function answer(request: IncomingMessage, token: string, hooks: AskedHook[]) {
  if (request.headers.authorization !== `Bearer ${token}`) return { status: 401, body: { message: 'Bad credentials' } }
  const { pathname } = new URL(request.url ?? '/', 'http://forge')
  if (pathname.endsWith('/deliveries')) return { status: 200, body: DELIVERIES }
  if (pathname === '/api/v3/repos/acme/shop/hooks') return await github(request, hooks)
  if (pathname === '/2.0/repositories/acme/shop/hooks') return await bitbucket(request, hooks)
  return { status: 404, body: { message: 'Not Found' } }
}

const DELIVERIES = [{ event: 'ping', delivered_at: '2026-11-21T12:00:00Z', status: 'OK', status_code: 200 }]

async function github(request: IncomingMessage, hooks: AskedHook[]) {
  const shown = ({ url, events, active }: AskedHook, index: number) => ({
    type: 'Repository',
    id: index + 1,
    name: 'web',
    active,
    events,
    config: { url, content_type: 'json', insecure_ssl: '0', secret: '********' },
  })
  if (request.method === 'GET') return { status: 200, body: hooks.map(shown) }
  const parsed = GithubHook.safeParse(await json(request))
  if (!parsed.success) return { status: 422, body: { message: 'Validation Failed' } }
  const { events, active, config } = parsed.data
  const hook = { url: config.url, secret: config.secret, events, active }
  hooks.push(hook)
  await ping(hook)
  return { status: 201, body: shown(hook, hooks.length - 1) }
}

async function ping({ url, secret }: AskedHook): Promise<void> {
  const body = JSON.stringify({ zen: 'Keep it logically awesome.', hook_id: 1 })
  const headers = {
    'content-type': 'application/json',
    'x-github-event': 'ping',
    'x-github-delivery': crypto.randomUUID(),
    'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
  }
  // whoever does not answer is no concern of the one who made the hook
  await fetch(url, { method: 'POST', headers, body }).catch(() => null)
}

async function bitbucket(request: IncomingMessage, hooks: AskedHook[]) {
  const shown = ({ url, events, active }: AskedHook, index: number) => ({
    type: 'webhook_subscription',
    uuid: `{hook-${index + 1}}`,
    url,
    active,
    events,
    secret_set: true,
  })
  if (request.method === 'GET') return { status: 200, body: { pagelen: 100, values: hooks.map(shown) } }
  const parsed = BitbucketHook.safeParse(await json(request))
  if (!parsed.success) return { status: 400, body: { type: 'error', error: { message: 'Bad request' } } }
  hooks.push(parsed.data)
  return { status: 201, body: shown(parsed.data, hooks.length - 1) }
}
