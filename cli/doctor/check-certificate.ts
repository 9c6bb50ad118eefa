import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect, getCACertificates } from 'node:tls'
import type { Place } from './certificate-places.ts'
import { type Check, fail, ok, warn, wordsOf } from './check.ts'

const DAY_MS = 24 * 3_600_000
const WARN_DAYS = 14

type Deps = { now: Date; limitMs: number; certsFolder?: string }

/** Until when is the certificate good that is shown there? It trusts what this machine trusts and, like the engine, the
 *  CA in certs.d. */
export async function checkCertificate(place: Place, deps: Deps): Promise<Check> {
  const name = `certificate ${place.host}`
  try {
    const until = await validUntil(place, deps)
    const days = Math.floor((until.getTime() - deps.now.getTime()) / DAY_MS)
    const message = `good until ${until.toISOString().slice(0, 10)}, ${days} more days`
    if (days >= WARN_DAYS) return ok(name, message)
    return warn(name, message, 'It should have been renewed by now: docs/install.md "Certificates".')
  } catch (error) {
    const hint = 'Look at the proxy: docker compose logs proxy acme; docs/install.md "Certificates".'
    const message = `${place.host}:${place.port}: ${wordsOf(error)}`
    return isOfTheCertificate(error) ? fail(name, message, hint) : warn(name, message, hint)
  }
}

/** Other trouble only keeps us from looking; whoever needs the way tells of it. @see Node.js documentation "X.509
 *  certificate error codes" */
function isOfTheCertificate(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return /CERT|SELF_SIGNED|UNABLE_TO|ERR_TLS|CRL/.test(code)
}

function validUntil({ host, port }: Place, { limitMs, certsFolder = '/etc/docker/certs.d' }: Deps): Promise<Date> {
  return new Promise((resolve, reject) => {
    const servername = /^[\d.]+$|:/.test(host) ? {} : { servername: host }
    const socket = connect({ host, port, ca: trusted(certsFolder, host, port), timeout: limitMs, ...servername })
    socket.once('secureConnect', () => {
      const { valid_to } = socket.getPeerCertificate()
      socket.destroy()
      resolve(new Date(valid_to))
    })
    socket.once('timeout', () => socket.destroy(new Error('it does not answer')))
    socket.once('error', reject)
  })
}

function trusted(folder: string, host: string, port: number): string[] {
  const files = [`${host}:${port}`, ...(port === 443 ? [host] : [])].map((name) => join(folder, name, 'ca.crt'))
  return [...getCACertificates('default'), ...files.filter(existsSync).map((file) => readFileSync(file, 'utf8'))]
}
