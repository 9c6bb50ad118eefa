import { stripVTControlCharacters } from 'node:util'

/* What a forge or a build says may hold anything. On a terminal it must not move the cursor, change the title or turn
 * the reading direction. */

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: the start of a colour
const COLOR = /(\u001b\[[0-9;]{0,32}m)/

/** One line of text that only shows itself: control characters become spaces. */
export function plain(text: string): string {
  return stripVTControlCharacters(text).replaceAll(CONTROL, ' ')
}

/** A line of a run log. On a terminal it keeps its colours, and nothing else that a terminal would obey. */
export function plainLogText(text: string, color: boolean): string {
  const expanded = text.replaceAll('\t', '    ')
  if (!color) return plain(expanded)
  const parts = expanded.split(COLOR).map((part, index) => (index % 2 === 1 ? part : plain(part)))
  return parts.length > 1 ? `${parts.join('')}\u001b[0m` : parts.join('')
}
