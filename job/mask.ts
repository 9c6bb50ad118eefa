/** Shorter secrets are not masked: they would blot out ordinary words. */
export const SHORTEST_SECRET = 4
const STARS = '***'
/** Base64 of a secret inside a longer text (`user:secret`) must have this many characters of its own to be looked for. */
const SHORTEST_INNER_BASE64 = 6

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
  const forms = new Set<string>()
  /** forms by a hash of their first four characters, so that a text is passed over once however many there are */
  const table: (string[] | undefined)[] = new Array(TABLE_SIZE)
  let longest = 0

  function add(secret: string): boolean {
    if (secret.length < SHORTEST_SECRET) return false
    for (const part of [secret, secret.trim(), ...secret.split(/\r?\n/)].filter(isLongEnough)) {
      for (const form of formsOf(part).filter(isLongEnough)) remember(form)
    }
    return true
  }

  function remember(form: string): void {
    if (forms.has(form)) return
    forms.add(form)
    longest = Math.max(longest, form.length)
    const key = hash(form, 0)
    const sameKey = table[key]
    if (sameKey) sameKey.push(form)
    else table[key] = [form]
  }

  /** Where the longest secret that begins here ends; `at` itself when none does. */
  function endOfSecret(text: string, at: number): number {
    let end = at
    for (const form of table[hash(text, at)] ?? []) {
      if (at + form.length > end && text.startsWith(form, at)) end = at + form.length
    }
    return end
  }

  function applyUpTo(text: string, length: number): string {
    const limit = Math.min(length, text.length)
    if (forms.size === 0) return text.slice(0, limit)
    let masked = ''
    let clear = 0 // up to here it is in `masked`
    let hidden = -1 // up to here a secret reaches
    const last = text.length - SHORTEST_SECRET
    for (let at = 0; at < limit && at <= last; at++) {
      if (table[hash(text, at)] === undefined) continue
      const end = endOfSecret(text, at)
      if (end === at) continue
      // secrets that overlap or touch become one
      if (at > hidden) masked += text.slice(clear, at) + STARS
      hidden = Math.max(hidden, end)
      clear = hidden
    }
    return clear < limit ? masked + text.slice(clear, limit) : masked
  }

  return { add, apply: (text) => applyUpTo(text, text.length), applyUpTo, longest: () => longest }
}

const TABLE_SIZE = 65_536

/** Of the four characters from `at` on. */
function hash(text: string, at: number): number {
  const first = (text.charCodeAt(at) << 9) ^ (text.charCodeAt(at + 1) << 6)
  return (first ^ (text.charCodeAt(at + 2) << 3) ^ text.charCodeAt(at + 3)) & (TABLE_SIZE - 1)
}

function isLongEnough(text: string): boolean {
  return text.length >= SHORTEST_SECRET
}

function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret)
  const hex = bytes.toString('hex')
  const escaped = JSON.stringify(secret).slice(1, -1)
  const twiceEscaped = JSON.stringify(escaped).slice(1, -1)
  return [secret, escaped, twiceEscaped, hex, hex.toUpperCase(), ...urlForms(secret), ...base64Forms(bytes)]
}

function urlForms(secret: string): string[] {
  const component = encodeURIComponent(secret.toWellFormed())
  // RFC 3986 also escapes what encodeURIComponent leaves; URL and form encoding each have their own taste
  const strict = component.replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
  const form = new URLSearchParams({ s: secret }).toString().slice(2)
  const forms = [component, strict, form, encodeURI(secret.toWellFormed())]
  return [...forms, ...forms.map((text) => text.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()))]
}

/** A byte's place among three decides how it looks in base64: all three, without the characters that neighbours share. */
function base64Forms(bytes: Buffer): string[] {
  const whole = bytes.toString('base64')
  const inner = [0, 1, 2].map((before) => {
    const shifted = Buffer.concat([Buffer.alloc(before), bytes])
    const ownFrom = Math.ceil((before * 8) / 6)
    const ownTo = Math.floor((shifted.length * 8) / 6)
    return shifted.toString('base64').slice(ownFrom, ownTo)
  })
  const forms = [whole, ...inner.filter((form) => form.length >= SHORTEST_INNER_BASE64)]
  return [...forms, ...forms.map(asBase64Url)]
}

function asBase64Url(base64: string): string {
  return base64.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}
