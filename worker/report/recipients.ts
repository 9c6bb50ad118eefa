import { compileGlob } from '../../config/glob.ts'
import type { Event } from '../../job/event.ts'
import { oneLine } from './clean-text.ts'
import { isNoReply, type MailAddress, parseMailAddress } from './mail-address.ts'

/** `because`: why this person gets the mail, so that the mail itself can say it. */
export type Recipient = { address: MailAddress; because: 'pushed' | 'named' }

export type Recipients = { recipients: Recipient[]; notes: string[] }

/** Who gets the mail of a run, each address once. An address written in the config is always mailed; `pusher` is
 *  whoever the signed event names, and a commit can name anyone: so only where `mail.allow` matches.
 *  The notes say for the run log who gets none, and why. */
export function chooseRecipients(to: string[], event: Event, allow: string[]): Recipients {
  const recipients: Recipient[] = []
  const notes: string[] = []
  for (const entry of to) {
    const chosen = entry === 'pusher' ? pusher(event, allow) : named(entry)
    notes.push(...chosen.notes)
    if (chosen.recipient === null || recipients.some((other) => same(other, chosen.recipient))) continue
    recipients.push(chosen.recipient)
  }
  return { recipients, notes }
}

type Choice = { recipient: Recipient | null; notes: string[] }

function named(entry: string): Choice {
  const address = parseMailAddress(entry.trim())
  if (address !== null) return { recipient: { address, because: 'named' }, notes: [] }
  return nobody(`no mail to ${shown(entry)}: the config has it in mail.to, but it is no plain address (local@domain)`)
}

/** The one who pushed comes first; the head commit's author where the pusher has no usable address. */
function pusher(event: Event, allow: string[]): Choice {
  const candidates = [event.sender?.email, event.author?.email].filter((email) => typeof email === 'string')
  if (candidates.length === 0) return nobody('no mail to the pusher: the event names no address')
  const notes: string[] = []
  for (const candidate of new Set(candidates)) {
    const address = parseMailAddress(candidate.trim())
    const refused = address === null ? 'it is no plain address' : refusal(address, allow)
    if (address !== null && refused === null) return { recipient: { address, because: 'pushed' }, notes }
    notes.push(`no mail to the pusher at ${shown(candidate)}: ${refused}`)
  }
  return { recipient: null, notes }
}

function refusal(address: MailAddress, allow: string[]): string | null {
  if (isNoReply(address)) return 'it is a no-reply address of the forge'
  if (allow.length === 0) return 'mail.allow names no addresses'
  return allow.some((pattern) => allows(pattern, address)) ? null : 'mail.allow does not match it'
}

/** Domains have no case, local parts may (RFC 5321 section 2.4): only the domain is compared in lower case. */
function allows(pattern: string, address: MailAddress): boolean {
  const glob = compileGlob(pattern.replace(/@[^@]*$/, (domain) => domain.toLowerCase()))
  return 'matches' in glob && glob.matches(address)
}

function nobody(note: string): Choice {
  return { recipient: null, notes: [note] }
}

function same(one: Recipient, other: Recipient | null): boolean {
  return one.address.toLowerCase() === other?.address.toLowerCase()
}

function shown(text: string): string {
  return JSON.stringify(oneLine(text, 80))
}
