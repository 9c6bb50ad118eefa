import { closeSync, constants, fchmodSync, fstatSync, openSync, readSync, writeSync } from 'node:fs'
import { errno } from '../errno.ts'
import { type Fault, LetterboxError } from '../letterbox-error.ts'

const FLUSH_AFTER_MS = 100
const FLUSH_AT_BYTES = 256 * 1024
/** While the disk refuses, this much is kept for a later try. */
const KEEP_BYTES = 4 * 1024 * 1024
const NEWLINE = 0x0a

/** The run log cannot be opened or written. The run goes on without it. */
export class RunLogUnwritable extends LetterboxError {
  readonly code = 'RUN_LOG_UNWRITABLE'
  readonly fault: Fault = 'ours'
  readonly file: string

  constructor(file: string, cause: unknown) {
    super(`The run log ${file} cannot be written (${errno(cause) ?? 'EIO'}).`, {
      hint: 'Check free space, owner and mode of state/logs in the data folder.',
      cause,
    })
    this.file = file
  }
}

type LogFile = {
  append(line: string): void
  flush(): void
  /** A second time does nothing, and what is appended later is not kept. */
  close(): void
  /** bytes in the file and waiting for it */
  size(): number
  /** the last bytes of what the file held when it was opened */
  readEnd(maxBytes: number): string
}

/** Appends lines: collected for a moment, then written at once. A line torn by a crash is closed by a line end.
 *  `trouble` is told once per outage; lines that find no room meanwhile are counted and said when it is over.
 *  @throws RunLogUnwritable when it cannot be opened */
export function openLogFile(
  file: string,
  lost: (lines: number) => string,
  trouble?: (error: RunLogUnwritable) => void,
): LogFile {
  const fd = open(file)
  let size = fstatSync(fd).size
  let buffer: string[] = []
  let bufferedBytes = 0
  let lostLines = 0
  let failing = false
  let timer: NodeJS.Timeout | null = null
  let closed = false
  let torn = size > 0 && lastByte(fd, size) !== NEWLINE

  function append(line: string): void {
    if (closed) return
    const bytes = Buffer.byteLength(line) + 1
    if (failing && bufferedBytes + bytes > KEEP_BYTES) {
      lostLines += 1
      return
    }
    buffer.push(line)
    bufferedBytes += bytes
    if (!failing && bufferedBytes >= FLUSH_AT_BYTES) flush()
    else timer ??= setTimeout(flush, FLUSH_AFTER_MS).unref()
  }

  function flush(): void {
    if (timer !== null) clearTimeout(timer)
    timer = null
    if (buffer.length === 0) return
    const bytes = Buffer.from(`${torn ? '\n' : ''}${buffer.join('\n')}\n`)
    const written = write(bytes)
    size += written
    if (written === bytes.length) recovered()
    else keepRest(bytes, written)
  }

  function recovered(): void {
    buffer = []
    bufferedBytes = 0
    torn = false
    failing = false
    if (lostLines === 0) return
    const message = lost(lostLines)
    lostLines = 0
    append(message)
  }

  /** What was written stays; the rest, from the torn line on, is tried again with the next lines. */
  function keepRest(bytes: Buffer, written: number): void {
    const wholeTo = written === 0 ? 0 : bytes.lastIndexOf(NEWLINE, written - 1) + 1
    const rest = bytes.subarray(wholeTo).toString().replace(/^\n/, '').replace(/\n$/, '')
    if (written > 0) torn = wholeTo !== written
    buffer = rest === '' ? [] : rest.split('\n')
    bufferedBytes = Buffer.byteLength(rest) + 1
  }

  /** Returns how many bytes went into the file. */
  function write(bytes: Buffer): number {
    let written = 0
    try {
      while (written < bytes.length) written += writeSync(fd, bytes, written)
    } catch (error) {
      if (!failing) trouble?.(new RunLogUnwritable(file, error))
      failing = true
    }
    return written
  }

  return {
    append,
    flush,
    close() {
      if (closed) return
      flush()
      closed = true
      if (timer !== null) clearTimeout(timer)
      closeSync(fd)
    },
    size: () => size + bufferedBytes,
    readEnd: (maxBytes) => readRange(fd, Math.max(0, size - maxBytes), Math.min(size, maxBytes)).toString(),
  }
}

function open(file: string): number {
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW
  try {
    const fd = openSync(file, flags, 0o644)
    fchmodSync(fd, 0o644) // whatever the umask: the web program reads it
    return fd
  } catch (error) {
    throw new RunLogUnwritable(file, error)
  }
}

function lastByte(fd: number, size: number): number | undefined {
  return readRange(fd, size - 1, 1)[0]
}

function readRange(fd: number, from: number, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  return bytes.subarray(0, readSync(fd, bytes, 0, length, from))
}
