import type { Config, SecretRef } from '../../config/schema.ts'
import type { MailTransport } from './outbox.ts'
import { MailNotConfigured } from './smtp-errors.ts'
import { createSmtpTransport } from './smtp-transport.ts'

/** The transport that the config names now; for `open` of the outbox.
 *  @throws MailNotConfigured, SmtpUrlInvalid, SecretMissing, SecretEmpty */
export function openMail(config: Config, resolveSecret: (ref: SecretRef) => string): MailTransport {
  if (config.mail === undefined) throw new MailNotConfigured()
  return createSmtpTransport(resolveSecret(config.mail.smtp.url))
}
