import { IncomingMessage } from 'node:http'
import { Duplex, type Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import type Dockerode from 'dockerode'
import { reach } from './reach.ts'

/** One request of the Engine API that dockerode has no method for, or whose method leaves out what we need. */
export type EngineRequest = {
  method: 'GET' | 'POST' | 'DELETE'
  path: string
  query?: Record<string, string | number | boolean | undefined>
  headers?: Record<string, string | string[]>
  body?: Readable
  authconfig?: object
  registryconfig?: object
  signal?: AbortSignal
}

/** The parsed JSON answer; null for an empty one. Read by ourselves, for docker-modem would wait for ever where the
 *  engine goes away between the headers and the body, as it may while we wait for a container to end. */
export async function dialForJson(docker: Dockerode, request: EngineRequest): Promise<unknown> {
  const answer = await dialForStream(docker, request)
  const body = await reach(() => text(answer))
  return body.trim() === '' ? null : JSON.parse(body)
}

/** The answer as a stream, with its headers. */
export async function dialForStream(docker: Dockerode, request: EngineRequest): Promise<IncomingMessage> {
  const answer = await dial(docker, request, { isStream: true })
  if (answer instanceof IncomingMessage) return answer
  throw new TypeError('docker-modem gave no stream')
}

/** The connection itself, taken over from HTTP. */
export async function dialForSocket(docker: Dockerode, request: EngineRequest): Promise<Duplex> {
  const answer = await dial(docker, request, { hijack: true })
  if (answer instanceof Duplex) return answer
  throw new TypeError('the engine did not hand over the connection')
}

function dial(docker: Dockerode, request: EngineRequest, how: { isStream?: true; hijack?: true }): Promise<unknown> {
  const { method, path, query, body, headers, authconfig, registryconfig, signal } = request
  const options = {
    method,
    path: `${path}?`,
    // docker-modem writes `options` into the query and, without a file, into the body of a POST: these keep them apart
    options: { _query: defined(query ?? {}), _body: {} },
    statusCodes: { 200: true, 201: true, 204: true },
    ...(headers && { headers }),
    ...(body && { file: body }),
    ...(authconfig && { authconfig }),
    ...(registryconfig && { registryconfig }),
    ...(signal && { abortSignal: signal }),
    ...how,
  }
  return reach(
    () =>
      new Promise((resolve, reject) => {
        docker.modem.dial(options, (error, answer) => (error ? reject(error) : resolve(answer)))
      }),
  )
}

function defined(query: Record<string, string | number | boolean | undefined>) {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined))
}
