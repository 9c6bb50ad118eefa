import { createHmac, randomUUID } from 'node:crypto'

const LIMIT_MS = 15_000

/** Posts to the hook's address what this forge would, signed with the secret, with an event that starts nothing: does the
 *  way through DNS, proxy and TLS work, and does the web program know the secret? Null, or what is wrong. */
export async function tryHook(kind: 'github' | 'bitbucket', url: string, secret: string): Promise<string | null> {
  const body = JSON.stringify({ zen: 'letterbox hook' })
  const signature = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
  const own =
    kind === 'github'
      ? { 'x-github-event': 'ping', 'x-github-delivery': randomUUID(), 'x-hub-signature-256': signature }
      : { 'x-event-key': 'diagnostics:ping', 'x-request-uuid': randomUUID(), 'x-hub-signature': signature }
  try {
    const headers = { 'content-type': 'application/json', ...own }
    const answer = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(LIMIT_MS) })
    const said = (await answer.text()).slice(0, 200)
    return answer.status === 200 ? null : `${url} answers ${answer.status} ${said}`
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    return `${url} does not answer: ${cause instanceof Error ? cause.message : String(cause)}`
  }
}
