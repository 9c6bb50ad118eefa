import { hiddenByLook } from './hidden-by-look.ts'
import type { Span } from './source-tree.ts'

const MASK = '********'
const MAX_WIDTH = 140

/** Finds lines and columns (both from 1) in a text. */
export type Lines = {
  at(offset: number): { line: number; column: number }
  start(line: number): number
  end(line: number): number
}

export function lineIndex(text: string): Lines {
  const starts = [0]
  for (const match of text.matchAll(/\r\n|\n|\r/g)) starts.push(match.index + match[0].length)
  const start = (line: number) => starts[line - 1] ?? text.length
  return {
    start,
    end: (line) =>
      start(line) + (/^[^\r\n]*/.exec(text.slice(start(line), starts[line] ?? text.length))?.[0].length ?? 0),
    at(offset) {
      let low = 0
      let high = starts.length - 1
      while (low < high) {
        const middle = Math.ceil((low + high) / 2)
        if ((starts[middle] ?? 0) <= offset) low = middle
        else high = middle - 1
      }
      return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 }
    },
  }
}

/** What frames are drawn from. `broken`: no parser knows what in the text is what. */
export type FrameSource = { text: string; lines: Lines; masks: readonly Span[]; broken: boolean }

/** The line with the span, and below it carets under the very token, and beside them a note. What is masked, or looks
 *  like a secret, is shown as stars. */
export function codeFrame(source: FrameSource, span: Span, note: string): string {
  const { text, lines } = source
  const { line } = lines.at(span.from)
  const from = lines.start(line)
  const to = lines.end(line)
  const hidden = [...source.masks, ...hiddenByLook(text.slice(from, to), from, source.broken)]
    .filter((mask) => mask.to > from && mask.from < to)
    .sort((a, b) => a.from - b.from)
  const shown = draw(
    text,
    { from, to },
    { from: span.from, to: Math.max(span.from + 1, Math.min(span.to, to)) },
    hidden,
  )
  const number = String(line)
  const margin = ' '.repeat(number.length)
  return `  ${number} | ${shown.line}\n  ${margin} | ${' '.repeat(shown.column)}${'^'.repeat(shown.length)} ${note}`.trimEnd()
}

/** Copies the line piece by piece, so that carets stay under their token when stars take the place of a secret. */
function draw(text: string, line: Span, token: Span, masks: Span[]): { line: string; column: number; length: number } {
  let shown = ''
  let column = -1
  let end = -1
  let offset = line.from
  while (offset <= line.to) {
    const mask = masks.find((one) => one.from <= offset && offset < one.to)
    const next = mask ? Math.min(mask.to, line.to) : offset + 1
    if (column === -1 && token.from < Math.max(next, offset + 1)) column = shown.length
    if (offset === line.to) break
    shown += mask ? MASK : visible(text[offset] ?? '')
    if (end === -1 && token.to <= next) end = shown.length
    offset = next
  }
  if (column === -1) column = shown.length
  return cut(shown, column, Math.max(1, (end === -1 ? shown.length : end) - column))
}

/** Long lines are cut around the token. */
function cut(line: string, column: number, length: number): { line: string; column: number; length: number } {
  if (line.length <= MAX_WIDTH) return { line, column, length }
  const from = Math.max(0, Math.min(column - 40, line.length - MAX_WIDTH))
  const head = from > 0 ? '…' : ''
  const tail = from + MAX_WIDTH < line.length ? '…' : ''
  const shown = head + line.slice(from, from + MAX_WIDTH) + tail
  const shownColumn = column - from + head.length
  return { line: shown, column: shownColumn, length: Math.max(1, Math.min(length, shown.length - shownColumn)) }
}

/** A tab is one column wide here; what could steer a terminal is not passed on. */
function visible(character: string): string {
  if (character === '\t') return ' '
  return /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(character) ? '·' : character
}
