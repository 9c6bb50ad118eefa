import { isIP } from 'node:net'
import { SmtpUrlInvalid } from './smtp-errors.ts'

export type SmtpSettings = {
  host: string
  port: number
  /** TLS from the first byte (smtps) */
  secure: boolean
  /** refuse to go on without STARTTLS */
  requireTls: boolean
  login: { user: string; pass: string } | null
}

/** Reads `mail.smtp.url`. A password crosses a network only inside TLS: with a login and a server that is not this
 *  machine, STARTTLS is demanded, unless the URL says `?requireTLS=false`.
 *  @throws SmtpUrlInvalid, which never quotes the URL */
export function readSmtpUrl(text: string): SmtpSettings {
  const url = URL.parse(text.trim())
  if (url === null) throw new SmtpUrlInvalid('it is no URL')
  if (url.protocol !== 'smtp:' && url.protocol !== 'smtps:')
    throw new SmtpUrlInvalid('it begins with neither smtp:// nor smtps://')
  if (url.hostname === '') throw new SmtpUrlInvalid('it names no host')
  if (url.pathname.length > 1 || url.hash !== '')
    throw new SmtpUrlInvalid('nothing may follow host and port but ?requireTLS=')
  const secure = url.protocol === 'smtps:'
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const login = url.username === '' ? null : { user: decoded(url.username), pass: decoded(url.password) }
  return {
    host,
    port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
    secure,
    requireTls: !secure && (asked(url.searchParams) ?? (login !== null && !isLoopback(host))),
    login,
  }
}

function asked(parameters: URLSearchParams): boolean | null {
  for (const [name, value] of parameters) {
    if (name !== 'requireTLS') throw new SmtpUrlInvalid('the only option is requireTLS')
    if (value !== 'true' && value !== 'false') throw new SmtpUrlInvalid('requireTLS is true or false')
  }
  const value = parameters.get('requireTLS')
  return value === null ? null : value === 'true'
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    // the cause quotes the text, which may be the password
    throw new SmtpUrlInvalid('user or password has a % that is no percent-encoding; write %25')
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}
