import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type Koa from 'koa'

export type HttpLimits = {
  /** for all headers of a request */
  headersTimeoutMs: number
  /** for a request with its body; forges themselves give up after ten seconds */
  requestTimeoutMs: number
  keepAliveTimeoutMs: number
  checkEveryMs: number
  maxConnections: number
}

export const HTTP_LIMITS: HttpLimits = {
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  keepAliveTimeoutMs: 5000,
  checkEveryMs: 1000,
  maxConnections: 2000,
}

/** An HTTP server with every limit set, not yet listening. */
export function createHttpServer(app: Koa, limits: HttpLimits): Server {
  const handle = app.callback()
  const server = createServer(
    {
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      keepAliveTimeout: limits.keepAliveTimeoutMs,
      connectionsCheckingInterval: limits.checkEveryMs,
    },
    handle,
  )
  server.maxConnections = limits.maxConnections
  // who asks "Expect: 100-continue" is told to go on only when its headers pass (see read-body.ts)
  server.on('checkContinue', handle)
  return server
}

export function listen(server: Server, host: string, port: number): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      const address = server.address()
      if (address === null || typeof address === 'string') reject(new Error(`no TCP address: ${address}`))
      else resolve(address)
    })
  })
}

/** How often a stopping server looks for connections that have become idle. */
const IDLE_SWEEP_MS = 50

/** Accepts nothing new, lets requests in flight end, and cuts those that take longer than `graceMs`. */
export function stop(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const sweep = setInterval(() => server.closeIdleConnections(), IDLE_SWEEP_MS)
    const cut = setTimeout(() => server.closeAllConnections(), graceMs)
    server.close(() => {
      clearInterval(sweep)
      clearTimeout(cut)
      resolve()
    })
  })
}
