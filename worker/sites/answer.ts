import { request } from 'node:http'

const TRY_MAX_MS = 5000

export type Question = {
  /** where the container is reached */
  address: string
  port: number
  path: string
  /** the site's, as its visitors say it */
  host: string
  signal: AbortSignal
}

/** The status that a container answers by HTTP, or in words why none came. Redirects are not followed. */
export function askSite({ address, port, path, host, signal }: Question): Promise<number | string> {
  const headers = { host, 'user-agent': 'letterbox-health', 'x-forwarded-proto': 'https', connection: 'close' }
  return new Promise((resolve) => {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(TRY_MAX_MS)])
    const asked = request({ host: address, port, path, headers, agent: false, signal: limit }, (response) => {
      response.destroy()
      resolve(response.statusCode ?? 0)
    })
    asked.on('error', (error) => resolve(limit.aborted ? 'no answer in time' : error.message))
    asked.end()
  })
}
