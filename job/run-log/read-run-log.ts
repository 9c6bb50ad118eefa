import { constants, type FSWatcher, watch } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { errno } from '../errno.ts'
import type { RunLogLine } from '../run-log-line.ts'
import { parseLogLine } from './parse-log-line.ts'

const CHUNK_BYTES = 64 * 1024
/** A longer line cannot be one of ours: text is capped far below. */
const LONGEST_LINE_BYTES = 1024 * 1024
const SAFETY_CHECK_MS = 1000
const NEWLINE = 0x0a

/** The lines of a run log from a byte offset on (within a line: from the next). Torn lines are passed over; a log that
 *  does not exist (yet) has none. @throws the system's error */
export async function* readRunLog(
  file: string,
  options: { from?: number } = {},
): AsyncGenerator<RunLogLine, void, void> {
  const reader = createReader(file, options.from ?? 0)
  try {
    yield* reader.toEnd()
  } finally {
    await reader.close()
  }
}

/** The lines so far, then each new one as it is written. Ends when the run has ended and all was read, or when the
 *  signal fires. */
export async function* followRunLog(
  file: string,
  options: { signal: AbortSignal; isOpen(): boolean },
): AsyncGenerator<RunLogLine, void, void> {
  const reader = createReader(file, 0)
  const changes = watchFile(file, options.signal)
  try {
    while (!options.signal.aborted) {
      const wasOpen = options.isOpen() // asked before reading: what is written before the end is read below
      yield* reader.toEnd()
      if (!wasOpen) return
      await changes.next()
    }
  } finally {
    changes.close()
    await reader.close()
  }
}

function createReader(file: string, from: number) {
  let handle: FileHandle | null = null
  let offset = from
  let pending: Buffer = Buffer.alloc(0)
  /** begun within a line, or in one that is too long: wait for the next */
  let skipping = false

  async function openFile(): Promise<FileHandle | null> {
    if (handle !== null) return handle
    try {
      handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW)
    } catch (error) {
      if (errno(error) === 'ENOENT') return null
      throw error
    }
    skipping = from > 0 && !(await isLineStart(handle, from))
    return handle
  }

  function* linesOf(chunk: Buffer): Generator<RunLogLine> {
    let bytes = pending.length === 0 ? chunk : Buffer.concat([pending, chunk])
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE)) {
      const line = skipping ? null : parseLogLine(bytes.toString('utf8', 0, end))
      skipping = false
      bytes = bytes.subarray(end + 1)
      if (line !== null) yield line
    }
    if (bytes.length > LONGEST_LINE_BYTES) skipping = true
    pending = skipping ? Buffer.alloc(0) : Buffer.from(bytes)
  }

  async function* toEnd(): AsyncGenerator<RunLogLine, void, void> {
    const opened = await openFile()
    if (opened === null) return
    for (;;) {
      const { bytesRead, buffer } = await opened.read(Buffer.allocUnsafe(CHUNK_BYTES), 0, CHUNK_BYTES, offset)
      if (bytesRead === 0) return
      offset += bytesRead
      yield* linesOf(buffer.subarray(0, bytesRead))
    }
  }

  return { toEnd, close: async () => handle?.close() }
}

async function isLineStart(handle: FileHandle, at: number): Promise<boolean> {
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(1), 0, 1, at - 1)
  return bytesRead === 1 && buffer[0] === NEWLINE
}

/** Wakes up when the folder tells of a change, when the signal fires, and once a second, as watching may be impossible
 *  (inotify's limit) or miss something. */
function watchFile(file: string, signal: AbortSignal): { next(): Promise<void>; close(): void } {
  let changed = false
  let wake: (() => void) | null = null
  const notice = () => {
    changed = true
    wake?.()
  }
  const watcher = watchFolder(dirname(file), (name) => {
    if (name === null || name === basename(file)) notice()
  })
  const timer = setInterval(notice, SAFETY_CHECK_MS)
  signal.addEventListener('abort', notice)
  return {
    async next() {
      if (!changed && !signal.aborted) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      wake = null
      changed = false
    },
    close() {
      clearInterval(timer)
      watcher?.close()
      signal.removeEventListener('abort', notice)
    },
  }
}

/** Null where the system cannot watch: then the second's check has to do. */
function watchFolder(folder: string, change: (name: string | null) => void): FSWatcher | null {
  try {
    const watcher = watch(folder, (_event, name) => change(name))
    watcher.on('error', () => watcher.close())
    return watcher
  } catch {
    return null
  }
}
