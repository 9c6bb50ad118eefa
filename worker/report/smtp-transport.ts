import { createTransport } from 'nodemailer'
import { oneLine } from './clean-text.ts'
import type { ComposedMail } from './composed-mail.ts'
import type { MailTransport } from './outbox.ts'
import {
  MailDeferred,
  MessageRefused,
  RecipientRefused,
  SenderRefused,
  SmtpAuthFailed,
  SmtpUnavailable,
} from './smtp-errors.ts'
import { readSmtpUrl, type SmtpSettings } from './smtp-settings.ts'

export type SmtpOptions = {
  /** PEM of a certificate authority to trust beside the usual ones (which also NODE_EXTRA_CA_CERTS adds to) */
  ca?: string
  timeoutsMs?: { connection: number; greeting: number; silence: number }
}

/** Five minutes of silence are long, but a sender that gives up while the server still thinks sends the mail twice.
 *  @see RFC 5321 section 4.5.3.2 */
const TIMEOUTS_MS = { connection: 10_000, greeting: 30_000, silence: 300_000 }

/** Sends over SMTP, one connection for each mail. `url` is the resolved `mail.smtp.url`.
 *  `send` throws SmtpUnavailable, SmtpAuthFailed, SenderRefused, RecipientRefused, MessageRefused or MailDeferred.
 *  @throws SmtpUrlInvalid */
export function createSmtpTransport(url: string, { ca, timeoutsMs = TIMEOUTS_MS }: SmtpOptions = {}): MailTransport {
  const settings = readSmtpUrl(url)
  const transport = createTransport({
    host: settings.host,
    port: settings.port,
    secure: settings.secure,
    requireTLS: settings.requireTls,
    ...(settings.login === null ? {} : { auth: settings.login }),
    ...(ca === undefined ? {} : { tls: { ca } }),
    connectionTimeout: timeoutsMs.connection,
    dnsTimeout: timeoutsMs.connection,
    greetingTimeout: timeoutsMs.greeting,
    socketTimeout: timeoutsMs.silence,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return {
    async send(mail, log, signal) {
      try {
        await transport.sendMail({ ...message(mail, log), signal })
      } catch (error) {
        throw explained(error, mail.to, settings)
      }
    },
    close: () => transport.close(),
  }
}

function message(mail: ComposedMail, log: string) {
  return {
    from: mail.from,
    to: { name: '', address: mail.to },
    envelope: { from: mail.from.address, to: mail.to },
    subject: mail.subject,
    messageId: mail.messageId,
    inReplyTo: mail.thread,
    references: mail.thread,
    date: new Date(mail.date),
    headers: mail.headers,
    text: mail.text,
    html: mail.html,
    attachments: [{ filename: mail.attachment.name, content: log, contentType: 'text/plain; charset=utf-8' }],
  }
}

/** nodemailer's error as one of ours. It is no `cause`: whatever hangs on it could hold the login. */
function explained(error: unknown, to: string, settings: SmtpSettings): Error {
  const server = `${settings.host}:${settings.port}`
  const { code, command, status, text } = smtpFacts(error, settings)
  if (code === 'EAUTH' || code === 'ENOAUTH' || AUTH_STATUS.includes(status)) return new SmtpAuthFailed(server, text)
  if (status === 421 || CONNECTION_CODES.includes(code)) return new SmtpUnavailable(server, text)
  if (command === 'MAIL FROM' && code === 'EENVELOPE') return new SenderRefused(server, text)
  if ((status >= 400 && status < 500) || !REFUSAL_CODES.includes(code)) return new MailDeferred(to, text)
  return command === 'RCPT TO' ? new RecipientRefused(to, text) : new MessageRefused(to, text)
}

/** authentication required, invalid, too weak, or only inside TLS. @see RFC 4954 section 6 */
const AUTH_STATUS = [530, 534, 535, 538]
const CONNECTION_CODES = ['ECONNECTION', 'ETIMEDOUT', 'ESOCKET', 'EDNS', 'ETLS', 'EREQUIRETLS', 'EPROTOCOL', 'EABORT']
const REFUSAL_CODES = ['EENVELOPE', 'EMESSAGE']

function smtpFacts(error: unknown, { login }: SmtpSettings) {
  const fact = (key: string): unknown => (error instanceof Error ? Reflect.get(error, key) : undefined)
  const status = fact('responseCode')
  const said = error instanceof Error ? error.message : String(error)
  return {
    code: String(fact('code')),
    command: String(fact('command')),
    status: typeof status === 'number' ? status : 0,
    text: oneLine(withoutLogin(said, login), 300),
  }
}

/** Servers may answer with what they were told. */
function withoutLogin(text: string, login: SmtpSettings['login']): string {
  if (login === null || login.pass === '') return text
  const forms = [
    login.pass,
    encodeURIComponent(login.pass),
    base64(login.pass),
    base64(`\0${login.user}\0${login.pass}`),
  ]
  return forms.reduce((masked, form) => masked.replaceAll(form, '***'), text)
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}
