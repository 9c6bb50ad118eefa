import { existsSync, readFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { getCACertificates } from 'node:tls'
import { RegistryFailed } from './registry-failed.ts'

export type RegistryLogin = { address: string; username: string | null; password: string | null }

export type Answer = { status: number; headers: IncomingMessage['headers']; body: string }

export type RegistryClient = {
  get(path: string, accept?: string): Promise<Answer>
  delete(path: string): Promise<Answer>
}

const LIMIT_MS = 30_000
/** A manifest has at most 4 MiB. @see Distribution, "HTTP API V2" */
const MAX_BYTES = 8 * 1024 * 1024

/** Speaks to a registry over TLS with a basic login. It trusts what this machine trusts and, like the engine, the CA in
 *  certs.d. @throws RegistryFailed when it cannot be reached or refuses the login */
export function createRegistryClient(login: RegistryLogin, certsFolder = '/etc/docker/certs.d'): RegistryClient {
  const ca = trusted(join(certsFolder, login.address, 'ca.crt'))
  const authorization = login.username === null ? {} : { authorization: basic(login.username, login.password ?? '') }

  async function ask(method: string, path: string, accept?: string): Promise<Answer> {
    const url = `https://${login.address}${path}`
    const headers = { ...authorization, ...(accept === undefined ? {} : { accept }) }
    try {
      const answer = await send(url, { method, headers, ca, signal: AbortSignal.timeout(LIMIT_MS) })
      if (answer.status === 401 || answer.status === 403)
        throw new RegistryFailed(login.address, 'it refuses the login')
      return answer
    } catch (error) {
      if (error instanceof RegistryFailed) throw error
      throw new RegistryFailed(login.address, error instanceof Error ? error.message : String(error), error)
    }
  }

  return { get: (path, accept) => ask('GET', path, accept), delete: (path) => ask('DELETE', path) }
}

function send(url: string, options: object): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(url, options, (response) => {
      let bytes = 0
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes > MAX_BYTES) response.destroy(new Error(`it answers more than ${MAX_BYTES} bytes`))
      })
      const { statusCode: status = 0, headers } = response
      text(response).then((body) => resolve({ status, headers, body }), reject)
    })
    asked.on('error', reject)
    asked.end()
  })
}

function trusted(caFile: string): string[] {
  const known = getCACertificates('default')
  return existsSync(caFile) ? [...known, readFileSync(caFile, 'utf8')] : known
}

const basic = (name: string, password: string) => `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`
