/** Base64 of a secret inside a longer text (`user:secret`) must have this many characters of its own to be looked for. */
const SHORTEST_INNER_BASE64 = 6

/** How one text may look in another: as it is, as JSON string (also twice), URL, hex and base64, also where the base64 is
 *  of a longer text that holds it. */
export function secretForms(secret: string): string[] {
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
