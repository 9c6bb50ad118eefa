/** Characters by which forms are found: shorter ones cannot be looked for. */
export const SHORTEST_FORM = 4

const TABLE_SIZE = 65_536

export type FormTable = {
  /** at least SHORTEST_FORM characters */
  add(form: string): void
  isEmpty(): boolean
  /** Where the longest form that begins here ends; `at` itself when none does. */
  endAt(text: string, at: number): number
  /** characters of the longest form */
  longest(): number
}

/** Many texts to be found in another in one pass, however many they are: they lie by a hash of their first characters. */
export function createFormTable(): FormTable {
  const forms = new Set<string>()
  const table: (string[] | undefined)[] = new Array(TABLE_SIZE)
  let longest = 0

  return {
    add(form) {
      if (forms.has(form)) return
      forms.add(form)
      longest = Math.max(longest, form.length)
      const key = hash(form, 0)
      const sameKey = table[key]
      if (sameKey) sameKey.push(form)
      else table[key] = [form]
    },
    isEmpty: () => forms.size === 0,
    endAt(text, at) {
      let end = at
      for (const form of table[hash(text, at)] ?? []) {
        if (at + form.length > end && text.startsWith(form, at)) end = at + form.length
      }
      return end
    },
    longest: () => longest,
  }
}

/** Of the four characters from `at` on. */
function hash(text: string, at: number): number {
  const first = (text.charCodeAt(at) << 9) ^ (text.charCodeAt(at + 1) << 6)
  return (first ^ (text.charCodeAt(at + 2) << 3) ^ text.charCodeAt(at + 3)) & (TABLE_SIZE - 1)
}
