/** One bare address, `local@domain`. Only `parseMailAddress` makes one, so nothing else reaches an envelope or a header. */
declare const parsed: unique symbol
export type MailAddress = string & { readonly [parsed]: true }

const LOCAL_PART = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/
const LABEL = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/

/** Reads an address as data: dot-atom and host name in ASCII, at most 254 characters. Display names, quoted or
 *  international local parts, comments, lists and line breaks are no address here (null), whoever wrote them.
 *  The domain comes back in lower case. @see RFC 5321 section 4.1.2, RFC 5321 section 4.5.3.1 */
export function parseMailAddress(text: string): MailAddress | null {
  const at = text.indexOf('@')
  if (at < 1 || text.length > 254) return null
  const local = text.slice(0, at)
  const domain = text.slice(at + 1).toLowerCase()
  if (local.length > 64 || !LOCAL_PART.test(local) || !domain.split('.').every((label) => LABEL.test(label)))
    return null
  return minted(`${local}@${domain}`)
}

/** Addresses that forges hand out in place of the real one; mail to them is lost or bounces. */
export function isNoReply(address: MailAddress): boolean {
  const [local = '', domain = ''] = address.toLowerCase().split('@')
  return /^(?:no-?reply|do-?not-?reply)\b/.test(local) || domain.split('.').some((label) => /^no-?reply$/.test(label))
}

function minted(address: string): MailAddress {
  return address as MailAddress
}
