/** One element of a glob. `folders` is the inside of `**` + `/`; `folders-or-none`, before it, is where it may be left out. */
export type Token =
  | { kind: 'char'; char: string }
  | { kind: 'set'; has(character: string): boolean }
  | { kind: 'one' | 'star' | 'deep' | 'folders-or-none' | 'folders' }

type Problem = { problem: string; at: number }
type Read = { alternatives: Token[][] } | Problem

/** More alternatives than this, multiplied out of `{a,b}`, are a mistake or an attack. */
const MAX_ALTERNATIVES = 256
const MAX_BRACE_DEPTH = 10

/** Reads a glob into its `{a,b}`-free alternatives, or says what is wrong with it and where (0-based index). */
export function readGlob(text: string): Read {
  if (text === '') return { problem: 'a glob must not be empty', at: 0 }
  if (text.includes('{{')) return { problem: 'templates are not allowed in a glob', at: text.indexOf('{{') }
  const reader = new GlobReader(text)
  try {
    return { alternatives: reader.read().map(foldFolders) }
  } catch (error) {
    if (error instanceof GlobMistake) return { problem: error.message, at: error.at }
    throw error
  }
}

class GlobMistake extends Error {
  readonly at: number
  constructor(message: string, at: number) {
    super(message)
    this.at = at
  }
}

class GlobReader {
  readonly text: string
  at = 0
  constructor(text: string) {
    this.text = text
  }

  read(): Token[][] {
    const alternatives = this.sequence(0)
    if (this.at < this.text.length) throw new GlobMistake('a } without its {', this.at)
    return alternatives
  }

  /** Reads up to the end, or in braces up to the `,` or `}` that ends this alternative. */
  sequence(depth: number): Token[][] {
    let alternatives: Token[][] = [[]]
    while (this.at < this.text.length) {
      const character = this.text[this.at]
      if (character === '}' || (character === ',' && depth > 0)) break
      const from = this.at
      const tails = character === '{' ? this.braces(depth + 1) : [[this.token()]]
      alternatives = alternatives.flatMap((head) => tails.map((tail) => [...head, ...tail]))
      if (alternatives.length > MAX_ALTERNATIVES) {
        throw new GlobMistake(`more than ${MAX_ALTERNATIVES} alternatives`, from)
      }
    }
    return alternatives
  }

  braces(depth: number): Token[][] {
    const from = this.at
    if (depth > MAX_BRACE_DEPTH) throw new GlobMistake(`braces deeper than ${MAX_BRACE_DEPTH}`, from)
    const alternatives: Token[][] = []
    do {
      this.at += 1
      alternatives.push(...this.sequence(depth))
    } while (this.text[this.at] === ',')
    if (this.text[this.at] !== '}') throw new GlobMistake('a { without its }', from)
    this.at += 1
    return alternatives
  }

  token(): Token {
    const from = this.at
    const character = this.character()
    if (character === '*') {
      if (this.text[this.at] !== '*') return { kind: 'star' }
      while (this.text[this.at] === '*') this.at += 1
      return { kind: 'deep' }
    }
    if (character === '?') return { kind: 'one' }
    if (character === '[') return this.set(from)
    if (character !== '\\') return { kind: 'char', char: character }
    if (this.at === this.text.length) throw new GlobMistake('a \\ with nothing after it', from)
    return { kind: 'char', char: this.character() }
  }

  set(from: number): Token {
    const negated = this.text[this.at] === '!' || this.text[this.at] === '^'
    if (negated) this.at += 1
    const ranges: [string, string][] = []
    while (this.text[this.at] !== ']') {
      const first = this.setCharacter(from)
      const isRange = this.text[this.at] === '-' && this.text[this.at + 1] !== ']'
      if (isRange) this.at += 1
      const last = isRange ? this.setCharacter(from) : first
      if (codePoint(last) < codePoint(first))
        throw new GlobMistake(`a range that runs backwards: ${first}-${last}`, from)
      ranges.push([first, last])
    }
    if (ranges.length === 0) throw new GlobMistake('[] matches nothing; write \\[ for the character', from)
    this.at += 1
    const within = (value: number) => ranges.some(([low, high]) => codePoint(low) <= value && value <= codePoint(high))
    return { kind: 'set', has: (character) => within(codePoint(character)) !== negated }
  }

  setCharacter(from: number): string {
    const character = this.at < this.text.length ? this.character() : ''
    const taken = character === '\\' && this.at < this.text.length ? this.character() : character
    if (taken === '' || character === '') throw new GlobMistake('a [ without its ]', from)
    return taken
  }

  /** The next whole character (a surrogate pair is one). */
  character(): string {
    const character = String.fromCodePoint(this.text.codePointAt(this.at) ?? 0)
    this.at += character.length
    return character
  }
}

function codePoint(character: string): number {
  return character.codePointAt(0) ?? 0
}

/** `**` + `/` at the start or after a `/` matches whole folders, or nothing. */
function foldFolders(tokens: Token[]): Token[] {
  const folded: Token[] = []
  for (let index = 0; index < tokens.length; index += 1) {
    const token = tokens[index]
    if (token === undefined) continue
    const atStart = index === 0 || isSlash(tokens[index - 1])
    if (token.kind === 'deep' && atStart && isSlash(tokens[index + 1])) {
      folded.push({ kind: 'folders-or-none' }, { kind: 'folders' })
      index += 1
    } else folded.push(token)
  }
  return folded
}

function isSlash(token: Token | undefined): boolean {
  return token?.kind === 'char' && token.char === '/'
}
