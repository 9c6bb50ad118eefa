import { stripVTControlCharacters } from 'node:util'

/** Controls (but line feed and tab), the characters that turn the reading direction, and invisible spaces: they make a
 *  text look like another one. @see Unicode Technical Report 36, "Bidirectional Text Spoofing" */
const DECEIVING =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is the point
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/g

/** Text from outside without terminal codes, controls and direction marks; line ends become `\n`. Still to be escaped. */
export function cleanText(text: string): string {
  return stripVTControlCharacters(text.toWellFormed()).replace(/\r\n?/g, '\n').replace(DECEIVING, '')
}

/** The same on one line, for subjects, names and notes: no header can be smuggled in. */
export function oneLine(text: string, maxChars: number): string {
  return cut(cleanText(text).replace(/\s+/g, ' ').trim(), maxChars)
}

/** Cuts by whole characters and marks it. */
export function cut(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text
  const characters = [...text]
  return characters.length <= maxChars
    ? text
    : `${characters
        .slice(0, maxChars - 1)
        .join('')
        .trimEnd()}…`
}
