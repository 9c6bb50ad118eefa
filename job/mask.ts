import { createFormTable, SHORTEST_FORM } from './mask/form-table.ts'
import { secretForms } from './mask/secret-forms.ts'

/** Shorter secrets are not masked: they would blot out ordinary words. */
export const SHORTEST_SECRET = SHORTEST_FORM
const STARS = '***'

export type Mask = {
  /** Returns false when the secret is too short to be masked. */
  add(secret: string): boolean
  /** The text with every known secret, and the usual encodings of it, as `***`. */
  apply(text: string): string
  /** Only the first `length` characters of the text, masked; what follows is looked at, so that a secret lying across
   *  the cut goes too. Give at least `longest()` characters more than `length`. */
  applyUpTo(text: string, length: number): string
  /** characters of the longest form that is looked for */
  longest(): number
}

/** Keeps secrets out of logs and mails: as they are, each line of those with several lines, and as JSON string, URL,
 *  hex and base64, also where the base64 is of a longer text that holds the secret. */
export function createMask(): Mask {
  const forms = createFormTable()

  function add(secret: string): boolean {
    if (secret.length < SHORTEST_SECRET) return false
    for (const part of [secret, secret.trim(), ...secret.split(/\r?\n/)].filter(isLongEnough)) {
      for (const form of secretForms(part).filter(isLongEnough)) forms.add(form)
    }
    return true
  }

  function applyUpTo(text: string, length: number): string {
    const limit = Math.min(length, text.length)
    if (forms.isEmpty()) return text.slice(0, limit)
    let masked = ''
    let clear = 0 // up to here it is in `masked`
    let hidden = -1 // up to here a secret reaches
    const last = text.length - SHORTEST_SECRET
    for (let at = 0; at < limit && at <= last; at++) {
      const end = forms.endAt(text, at)
      if (end === at) continue
      // secrets that overlap or touch become one
      if (at > hidden) masked += text.slice(clear, at) + STARS
      hidden = Math.max(hidden, end)
      clear = hidden
    }
    return clear < limit ? masked + text.slice(clear, limit) : masked
  }

  return { add, apply: (text) => applyUpTo(text, text.length), applyUpTo, longest: forms.longest }
}

function isLongEnough(text: string): boolean {
  return text.length >= SHORTEST_SECRET
}
