import { LetterboxError } from '../../job/letterbox-error.ts'

const LIMIT_MS = 20_000

export type ForgeAnswer = { status: number; body: unknown }
export type AskForge = (method: 'GET' | 'POST', path: string, body?: object) => Promise<ForgeAnswer>

/** Speaks JSON to a forge's API. `user:password` is a basic login, anything else a bearer token.
 *  @throws ForgeRefused for every answer that is no success; its words never hold the token or what was sent */
export function createAskForge(api: string, token: string): AskForge {
  const authorization = token.includes(':') ? `Basic ${Buffer.from(token).toString('base64')}` : `Bearer ${token}`
  return async (method, path, body) => {
    // the next page of a list is a whole address
    const url = path.startsWith('/') ? `${api}${path}` : path
    if (new URL(url).origin !== new URL(api).origin) throw new ForgeRefused(method, url, 'it leads to another server')
    const response = await send(method, url, {
      method,
      headers: {
        authorization,
        accept: 'application/json',
        'content-type': 'application/json',
        'user-agent': 'letterbox',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: 'error',
      signal: AbortSignal.timeout(LIMIT_MS),
    })
    const said = await response.text()
    if (!response.ok) throw new ForgeRefused(method, url, `${response.status} ${wordsIn(said)}`, response.status)
    return { status: response.status, body: said === '' ? null : JSON.parse(said) }
  }
}

async function send(method: string, url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init)
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    throw new ForgeRefused(method, url, cause instanceof Error ? cause.message : String(cause))
  }
}

function wordsIn(said: string): string {
  return said.slice(0, 300).replaceAll(/\s+/g, ' ')
}

export class ForgeRefused extends LetterboxError {
  readonly code = 'FORGE_REFUSED'
  readonly fault = 'theirs'
  readonly status: number | null
  constructor(method: string, url: string, reason: string, status: number | null = null) {
    super(`the forge did not do ${method} ${new URL(url).pathname}: ${reason}`, { hint: hintFor(status) })
    this.status = status
  }
}

function hintFor(status: number | null): string {
  if (status === 401) return 'The token of forges.<host>.token is wrong or has ended.'
  if (status === 403 || status === 404) {
    return 'The token needs the right to manage webhooks: GitHub "Webhooks: read and write" (classic: admin:repo_hook), Bitbucket "webhook" and "repository". Is the repository written right?'
  }
  return 'Look at forges.<host>.api and at the network between this machine and the forge.'
}
