import { ConfigSchema } from '../schema.ts'
import { schemaWords } from './schema-words.ts'
import type { Path, Span } from './source-tree.ts'

/** What in a line must be hidden for its look alone: what follows a word such as password, a password in an address,
 *  and comments, in which people keep old values. In a broken text nobody knows what is a secret; there only the words of the config itself are shown. */
export function hiddenByLook(line: string, offset: number, broken: boolean): Span[] {
  const found = [...afterKeys(line), ...inAddresses(line), ...inComments(line), ...(broken ? unknownWords(line) : [])]
  return found.map(({ from, to }) => ({ from: from + offset, to: to + offset }))
}

/** Of a path in a broken text as much as is surely made of keys. */
export function surePath(path: Path): Path {
  const words = schemaWords(ConfigSchema)
  const unsure = path.findIndex((key) => typeof key === 'string' && !words.has(key) && !isHarmless(key))
  return unsure === -1 ? path : path.slice(0, unsure)
}

function afterKeys(line: string): Span[] {
  const keyed = /(?:secret|password|passwd|token|sshKey|private_?key|api_?key)s?["']?\s*:\s*(?![{[|>\s#])/gi
  return Array.from(line.matchAll(keyed), (match) => {
    const from = match.index + match[0].length
    const value = /^(?:"(?:[^"\\]|\\.)*"?|'(?:[^']|'')*'?|[^\s,}\]#]+(?: +[^\s,}\]#:]+)*)/.exec(line.slice(from))
    return { from, to: from + (value?.[0].length ?? 0) }
  }).filter((span) => span.to > span.from)
}

function inAddresses(line: string): Span[] {
  return Array.from(line.matchAll(/[a-z][a-z0-9+.-]*:\/\/([^\s/?#@"']*:[^\s/?#"']*)@/gi), (match) => {
    const to = match.index + match[0].length - 1
    return { from: to - (match[1]?.length ?? 0), to }
  })
}

function inComments(line: string): Span[] {
  const comment = /^(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^"'#]|(?<!\s)#)*?(?:^|\s)#[ !]*/.exec(line)
  const from = comment?.[0].length ?? line.length
  return from < line.length ? [{ from, to: line.length }] : []
}

function unknownWords(line: string): Span[] {
  const words = schemaWords(ConfigSchema)
  return Array.from(line.matchAll(/[^\s{}[\],"':#&*!|>?]+/g))
    .filter(([word]) => !words.has(word) && !isHarmless(word))
    .map((match) => ({ from: match.index, to: match.index + match[0].length }))
}

/** Too short to be a secret, a number with its unit, or a repository at a host that everybody knows. */
function isHarmless(word: string): boolean {
  return (
    word.length <= 2 || /^\d{1,4}[a-z]{0,2}$/i.test(word) || /^(?:github\.com|bitbucket\.org)\/[\w.*/-]+$/.test(word)
  )
}
