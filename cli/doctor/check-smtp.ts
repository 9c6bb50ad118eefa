import nodemailer from 'nodemailer'
import type { Config } from '../../config/schema.ts'
import { resolveSecret } from '../../config/secret.ts'
import { type Check, fail, ok, wordsOf } from './check.ts'

const NAME = 'mail'

/** Connects, greets and logs in; sends nothing. */
export async function checkSmtp(
  mail: NonNullable<Config['mail']>,
  deps: { env: Record<string, string | undefined>; limitMs: number },
): Promise<Check> {
  try {
    const url = resolveSecret(mail.smtp.url, deps.env)
    const { limitMs } = deps
    const transport = nodemailer.createTransport(
      { url, connectionTimeout: limitMs, greetingTimeout: limitMs, socketTimeout: limitMs },
      { from: mail.from },
    )
    await transport.verify()
    transport.close()
    return ok(NAME, `the SMTP server takes mail from ${mail.from}`)
  } catch (error) {
    return fail(
      NAME,
      wordsOf(error),
      'mail.smtp.url looks like smtp://user:password@mail.example.com:587 (smtps:// for port 465). Runs go on; mails wait.',
    )
  }
}
