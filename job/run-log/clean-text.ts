/* Sequences that a terminal obeys: CSI (`ESC [ … letter`), OSC (`ESC ] … BEL` or `ESC ] … ESC \`), other two-character
 * ones. @see ECMA-48 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it is about
const SEQUENCE = /\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-Z\\-_]/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: see above
const COLOUR = /^\x1b\[[0-9;:]*m$/
// biome-ignore lint/suspicious/noControlCharactersInRegex: see above
const CONTROL = /[\0-\x08\x0a-\x1f\x7f-\x9f]/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: see above
const ANY_CONTROL = /[\0-\x08\x0a-\x1f\x7f-\x9f]/

/** A line as it may be shown: colours and tabs stay, sequences that move the cursor or set titles go, other control
 *  characters become visible (␀, ␇, …). */
export function cleanText(line: string): string {
  if (!ANY_CONTROL.test(line)) return line
  const sequences = Array.from(line.matchAll(SEQUENCE), ([sequence]) => (COLOUR.test(sequence) ? sequence : ''))
  const between = line.split(SEQUENCE)
  return between.map((text, at) => text.replace(CONTROL, visible) + (sequences[at] ?? '')).join('')
}

function visible(char: string): string {
  const code = char.charCodeAt(0)
  if (code < 0x20) return String.fromCharCode(0x2400 + code)
  return code === 0x7f ? '\u2421' : '\ufffd'
}
