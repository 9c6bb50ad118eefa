import { readGlob, type Token } from './glob-syntax.ts'

/** A compiled glob. `literals` is how many characters it fixes: the measure of "most specific". */
export type Glob = { matches(value: string): boolean; literals: number }
export type GlobProblem = { problem: string; at: number }

/** Compiles one anchored, case-sensitive glob. `*` and `?` stop at `/`, `**` does not, a leading or inner `**` + `/` also
 *  matches nothing; `[a-z]`, `[!x]`, `{a,b}`, and `\` takes the next character as it is.
 *  Matching costs at most pattern length × value length: a hostile branch name cannot make it slow. */
export function compileGlob(text: string): Glob | GlobProblem {
  if (text.startsWith('!')) {
    return { problem: 'a leading ! is for lists of globs only; write \\! for the character', at: 0 }
  }
  const read = readGlob(text)
  if ('problem' in read) return read
  const { alternatives } = read
  return {
    literals: Math.min(...alternatives.map((tokens) => tokens.filter((token) => token.kind === 'char').length)),
    matches(value) {
      const characters = Array.from(value)
      return alternatives.some((tokens) => matchesTokens(tokens, characters))
    },
  }
}

/** Compiles a list in which `!glob` takes away: the last matching entry wins, and a list of nothing but `!glob` starts
 *  from everything. `problem` names the entry. */
export function compileGlobList(list: readonly string[]): Pick<Glob, 'matches'> | (GlobProblem & { entry: number }) {
  const entries: { selects: boolean; glob: Glob }[] = []
  for (const [entry, text] of list.entries()) {
    const selects = !text.startsWith('!')
    const glob = compileGlob(selects ? text : text.slice(1))
    if ('problem' in glob) return { ...glob, entry, at: glob.at + (selects ? 0 : 1) }
    entries.push({ selects, glob })
  }
  const everything = entries.every((entry) => !entry.selects)
  return {
    matches: (value) => entries.findLast((entry) => entry.glob.matches(value))?.selects ?? everything,
  }
}

/** Walks all positions of the pattern at once (a set of states), so nothing is tried twice. */
function matchesTokens(tokens: Token[], characters: string[]): boolean {
  let states = withSkips(tokens, new Set([0]))
  for (const character of characters) {
    const next = new Set<number>()
    for (const state of states) {
      const token = tokens[state]
      if (token !== undefined) for (const target of step(token, state, character)) next.add(target)
    }
    if (next.size === 0) return false
    states = withSkips(tokens, next)
  }
  return states.has(tokens.length)
}

function step(token: Token, state: number, character: string): number[] {
  switch (token.kind) {
    case 'char':
      return token.char === character ? [state + 1] : []
    case 'one':
      return character === '/' ? [] : [state + 1]
    case 'set':
      return character !== '/' && token.has(character) ? [state + 1] : []
    case 'star':
      return character === '/' ? [] : [state]
    case 'deep':
      return [state]
    case 'folders':
      return character === '/' ? [state, state + 1] : [state]
    case 'folders-or-none':
      return []
    default:
      return token satisfies never
  }
}

/** Adds what is reachable without a character. A `folders-or-none` stands before each `folders`. */
function withSkips(tokens: Token[], states: Set<number>): Set<number> {
  for (const state of states) {
    const kind = tokens[state]?.kind
    if (kind === 'star' || kind === 'deep') states.add(state + 1)
    if (kind === 'folders-or-none') states.add(state + 1).add(state + 2)
  }
  return states
}
