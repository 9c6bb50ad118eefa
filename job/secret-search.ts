import { createFormTable, type FormTable } from './mask/form-table.ts'
import { secretForms } from './mask/secret-forms.ts'

/** Shorter secrets are not looked for: ordinary words would be found. */
export const SHORTEST_SEARCHED = 8

/** A secret and how people call it. */
export type NamedSecret = { name: string; value: string }

export type SecretSearch = {
  /** The name of the first secret that the text holds, in any of the usual encodings; null when it holds none. */
  inText(text: string): string | null
  /** The same for bytes that come in chunks cut anywhere. */
  inBytes(): { write(chunk: Uint8Array): string | null }
}

type Table = { forms: FormTable; names: Map<string, string> }

/** Looks for secrets where they do not belong: each as a whole and, of one with several lines, its longest line, for the
 *  others (`-----BEGIN…`) stand in many harmless files. */
export function createSecretSearch(secrets: readonly NamedSecret[]): SecretSearch {
  const texts = tableOf(secrets, (form) => form)
  // bytes are looked at as latin1, one character for each; a form that is not ASCII is its UTF-8 bytes there
  const bytes = tableOf(secrets, (form) => Buffer.from(form).toString('latin1'))
  const overlap = Math.max(0, bytes.forms.longest() - 1)

  return {
    inText: (text) => find(texts, text),
    inBytes() {
      let rest = ''
      return {
        write(chunk) {
          const view = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
          const text = rest + view.toString('latin1')
          rest = overlap === 0 ? '' : text.slice(-overlap)
          return find(bytes, text)
        },
      }
    },
  }
}

function tableOf(secrets: readonly NamedSecret[], as: (form: string) => string): Table {
  const table: Table = { forms: createFormTable(), names: new Map() }
  for (const { name, value } of secrets) {
    for (const form of searchedForms(value).map(as)) {
      table.forms.add(form)
      table.names.set(form, name)
    }
  }
  return table
}

function searchedForms(secret: string): string[] {
  return [secret, secret.trim(), longestLine(secret)]
    .filter((part) => part.length >= SHORTEST_SEARCHED)
    .flatMap(secretForms)
    .filter((form) => form.length >= SHORTEST_SEARCHED)
}

function longestLine(text: string): string {
  return text
    .split(/\r?\n/)
    .reduce((longest, line) => (line.trim().length > longest.length ? line.trim() : longest), '')
}

function find({ forms, names }: Table, text: string): string | null {
  if (forms.isEmpty()) return null
  for (let at = 0; at + SHORTEST_SEARCHED <= text.length; at++) {
    const end = forms.endAt(text, at)
    if (end > at) return names.get(text.slice(at, end)) ?? 'a secret'
  }
  return null
}
