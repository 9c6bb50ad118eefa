import { cleanText } from './clean-text.ts'
import { type MailAddress, parseMailAddress } from './mail-address.ts'

export type MailSender = { name: string; address: MailAddress }

/** Reads `mail.from`: a bare address, or `Name <address>`. Null when it is neither. */
export function parseSender(from: string): MailSender | null {
  const named = /^\s*"?([^"<>]*?)"?\s*<([^<>]+)>\s*$/.exec(from)
  const address = parseMailAddress((named?.[2] ?? from).trim())
  if (address === null || /[\r\n]/.test(from)) return null
  return { name: cleanText(named?.[1] ?? '').trim(), address }
}
