import { StringDecoder } from 'node:string_decoder'
import type { Mask } from '../mask.ts'
import { cleanText } from './clean-text.ts'

export type LineSplitter = {
  write(chunk: string | Uint8Array): void
  /** Nothing more comes: what has no line end yet is a line too. */
  end(): void
}

export type LineSplitterDeps = {
  mask: Mask
  /** in UTF-8 bytes; what a line has beyond is cut and counted */
  lineBytes: number
  line(text: string): void
}

/** Cuts the output of a program, chunks of any size, into masked lines. A line that was overwritten by carriage returns
 *  (progress bars) counts with its last state only. Holds at most one line's cap and the longest secret in memory. */
export function createLineSplitter({ mask, lineBytes, line }: LineSplitterDeps): LineSplitter {
  const decoder = new StringDecoder('utf8')
  let pending = ''
  /** the head of a line that is already over the cap, and how much of it was dropped */
  let overlong: { head: string; cutBytes: number } | null = null

  function feed(text: string): void {
    pending += text
    const end = pending.lastIndexOf('\n')
    if (end >= 0) {
      const complete = pending.slice(0, end)
      pending = pending.slice(end + 1)
      emit(complete)
    }
    pending = rewind(pending)
    shorten()
  }

  /** One or more whole lines; the first may be the end of one that is over the cap. */
  function emit(complete: string): void {
    let lines = complete.split('\n')
    if (overlong !== null) {
      const [rest = '', ...others] = lines
      endOverlong(rest)
      lines = others
    }
    for (const text of lines) finish(lastState(text))
  }

  function finish(text: string): void {
    const cut = cutAt(text, lineBytes)
    const shown = show(text, cut)
    line(cut === text.length ? shown : shown + mark(Buffer.byteLength(text) - Buffer.byteLength(text.slice(0, cut))))
  }

  /** Masked before it is cut and cleaned, and again where cleaning has brought together what stood apart. */
  function show(text: string, length: number): string {
    const masked = mask.applyUpTo(text, length)
    const cleaned = cleanText(masked)
    return cleaned === masked ? masked : mask.apply(cleaned)
  }

  /** Drops what was overwritten; carriage returns at the very end may belong to a line end. */
  function rewind(text: string): string {
    const end = withoutReturns(text)
    const at = text.slice(0, end).lastIndexOf('\r')
    if (at >= 0) overlong = null
    return text.slice(at + 1, end + 1) // one of those at the end is as good as many
  }

  /** Keeps memory flat under a line without end. */
  function shorten(): void {
    if (overlong !== null) {
      const end = withoutReturns(pending)
      overlong.cutBytes += Buffer.byteLength(pending.slice(0, end))
      pending = end < pending.length ? '\r' : ''
    } else if (pending.length > lineBytes + mask.longest() + 1) {
      const cut = cutAt(pending, lineBytes)
      overlong = { head: show(pending, cut), cutBytes: 0 }
      pending = pending.slice(cut)
      shorten()
    }
  }

  function endOverlong(rest: string): void {
    const begun = overlong
    overlong = null
    const tail = rest.slice(0, withoutReturns(rest))
    if (begun === null || tail.includes('\r')) finish(lastState(tail))
    else line(begun.head + mark(begun.cutBytes + Buffer.byteLength(tail)))
  }

  return {
    write(chunk) {
      feed(typeof chunk === 'string' ? chunk : decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)))
    },
    end() {
      feed(decoder.end())
      if (pending !== '' || overlong !== null) feed('\n')
    },
  }
}

/** What stands after the last carriage return, those at the end aside. */
function lastState(text: string): string {
  const end = withoutReturns(text)
  const line = text.slice(0, end)
  return line.slice(line.lastIndexOf('\r') + 1)
}

/** Where the carriage returns at the end of a text begin. */
function withoutReturns(text: string): number {
  let end = text.length
  while (end > 0 && text[end - 1] === '\r') end -= 1
  return end
}

/** How many characters fit into so many bytes, without parting one. */
function cutAt(text: string, bytes: number): number {
  if (text.length * 3 <= bytes || Buffer.byteLength(text) <= bytes) return text.length
  const head = Buffer.from(text.slice(0, bytes)).subarray(0, bytes)
  return new StringDecoder('utf8').write(head).length
}

function mark(bytes: number): string {
  return ` … [cut: ${bytes} bytes]`
}
