import { AnsiUp } from 'ansi_up'
import type { RunLogLine } from '../../job/run-log-line.ts'
import { cleanText, cut } from './clean-text.ts'

const MAX_LINE_CHARS = 400

/** The lines for reading: without colours, controls and what a progress bar wrote over. */
export function logText(lines: RunLogLine[]): string[] {
  return lines.map((line) => cut(cleanText(lastWritten(line.text)), MAX_LINE_CHARS))
}

/** The lines as HTML, everything escaped; ANSI colours become inline styles, because mail programs drop classes.
 *  What Letterbox itself said is faint. Links and all other terminal codes are taken out. */
export function logHtml(lines: RunLogLine[], { colours }: { colours: boolean }): string {
  const text = colours ? lines.map(coloured) : logText(lines)
  return readable(new AnsiUp().ansi_to_html(text.join('\n')))
}

function coloured(line: RunLogLine): string {
  const text = lastWritten(line.text)
  if (line.stream === 'letterbox') return `\x1b[0;2m${cut(cleanText(text), MAX_LINE_CHARS)}\x1b[0m`
  const parts = text.split(COLOUR_CODE)
  const room = { left: MAX_LINE_CHARS }
  return parts.map((part, at) => (at % 2 === 1 ? part : taken(cleanText(part), room))).join('')
}

/** Captured, so that split() keeps the codes at the odd places. */
const COLOUR_CODE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal code begins with the control character ESC
  /(\x1b\[[0-9;]{0,40}m)/

function taken(text: string, room: { left: number }): string {
  const kept = room.left > 0 ? cut(text, room.left) : ''
  room.left -= text.length
  return kept
}

/** A carriage return starts the line over: what was written last is what a terminal shows. */
function lastWritten(text: string): string {
  return text.replace(/\r+$/, '').split('\r').at(-1) ?? ''
}

/** ansi_up's colours are the classic ones, too dark on our dark block. Text is escaped by then, so a tag is a tag. */
function readable(html: string): string {
  return html.replace(/<span style="[^"]*">/g, (tag) =>
    tag.replace(/(?<![-\w])color:rgb\((\d+,\d+,\d+)\)/, (whole, rgb: string) => {
      const better = tag.includes('background-color') ? undefined : BRIGHTER.get(rgb)
      return better === undefined ? whole : `color:${better}`
    }),
  )
}

const BRIGHTER = new Map([
  ['0,0,0', '#8b949e'],
  ['187,0,0', '#ff7b72'],
  ['0,187,0', '#56d364'],
  ['187,187,0', '#e3b341'],
  ['0,0,187', '#79c0ff'],
  ['187,0,187', '#d2a8ff'],
  ['0,187,187', '#56d4dd'],
  ['85,85,85', '#8b949e'],
  ['255,85,85', '#ffa198'],
  ['0,255,0', '#7ee787'],
  ['255,255,85', '#f2cc60'],
  ['85,85,255', '#a5d6ff'],
  ['255,85,255', '#e2c5ff'],
  ['85,255,255', '#b3f0ff'],
])
