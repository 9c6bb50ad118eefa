import { createMask, SHORTEST_SECRET } from './mask.ts'
import { createLineSplitter } from './run-log/line-splitter.ts'
import { openLogFile, type RunLogUnwritable } from './run-log/log-file.ts'
import { parseLogLine } from './run-log/parse-log-line.ts'
import { createTailRing } from './run-log/tail-ring.ts'
import type { RunLogLine } from './run-log-line.ts'

export { RunLogUnwritable } from './run-log/log-file.ts'
export { followRunLog, readRunLog } from './run-log/read-run-log.ts'

const MIB = 1024 * 1024
const TAIL = { lines: 200, chars: 256 * 1024 }
/** What Letterbox itself says goes on beyond the file's limit, as it is little; this much more ends that too. */
const OWN_BYTES = MIB

/** What one step (or the run, for null) says. */
export type StepLog = {
  /** Output of a program, in chunks cut anywhere. */
  stdout(chunk: string | Uint8Array): void
  stderr(chunk: string | Uint8Array): void
  /** What Letterbox itself says. */
  say(line: string): void
  /** The programs of the step have ended: a last line without line end becomes a line. Before `say`ing how it went. */
  end(): void
}

export type RunLog = {
  forStep(index: number | null): StepLog
  /** From now on this secret is `***` in all lines, also in those that have begun. */
  mask(secret: string): void
  /** A text for another sink (store, mail) with the same secrets as `***`. */
  masked(text: string): string
  /** Ends all steps and writes what waits. A second time does nothing; what is said after it is not kept. */
  close(): Promise<void>
  /** The last lines of a step (at most 200), also those that the file's limit keeps out of the file. */
  tail(step: number | null, lines: number): RunLogLine[]
}

export type RunLogDeps = {
  file: string
  now(): Date
  limits?: { lineBytes?: number; fileBytes?: number }
  /** told once per outage of the disk; the run goes on */
  trouble?: (error: RunLogUnwritable) => void
}

/** Opens the log of a run for writing, or goes on with the one that an earlier life of the worker began.
 *  @throws RunLogUnwritable */
export function createRunLog({ file, now, limits = {}, trouble }: RunLogDeps): RunLog {
  const { lineBytes = 16 * 1024, fileBytes = 32 * MIB } = limits
  const mask = createMask()
  const ring = createTailRing(TAIL)
  const steps = new Map<number | null, StepLog>()
  const lost = (lines: number) =>
    JSON.stringify(entry(null, 'letterbox', `${lines} lines were lost: the disk was full`))
  const out = openLogFile(file, lost, trouble)
  let isFull = out.size() >= fileBytes
  let saidShort = false

  for (const text of out.readEnd(TAIL.chars).split('\n')) {
    const line = parseLogLine(text)
    if (line !== null) ring.add(line)
  }

  function entry(step: number | null, stream: RunLogLine['stream'], text: string): RunLogLine {
    return { time: now().toISOString(), step, stream, text }
  }

  function add(step: number | null, stream: RunLogLine['stream'], text: string): void {
    const line = entry(step, stream, text)
    ring.add(line)
    if (isFull && (stream !== 'letterbox' || out.size() >= fileBytes + OWN_BYTES)) return
    out.append(JSON.stringify(line))
    if (isFull || out.size() < fileBytes) return
    isFull = true
    const limit = fileBytes >= MIB ? `${Math.round(fileBytes / MIB)} MiB` : `${fileBytes} bytes`
    add(step, 'letterbox', `log limit of ${limit} reached; the rest is not kept`)
  }

  function createStepLog(step: number | null): StepLog {
    const splitter = (stream: RunLogLine['stream']) =>
      createLineSplitter({ mask, lineBytes, line: (text) => add(step, stream, text) })
    const stdout = splitter('stdout')
    const stderr = splitter('stderr')
    const own = splitter('letterbox')
    return {
      stdout: stdout.write,
      stderr: stderr.write,
      say(line) {
        own.write(line)
        own.end()
      },
      end() {
        stdout.end()
        stderr.end()
        out.flush()
      },
    }
  }

  function endSteps(): void {
    for (const log of steps.values()) log.end()
  }

  return {
    forStep(index) {
      const log = steps.get(index) ?? createStepLog(index)
      steps.set(index, log)
      return log
    },
    mask(secret) {
      if (mask.add(secret) || secret === '' || saidShort) return
      saidShort = true
      add(null, 'letterbox', `a secret shorter than ${SHORTEST_SECRET} characters cannot be masked in this log`)
    },
    masked: (text) => mask.apply(text),
    async close() {
      endSteps()
      out.close()
    },
    tail(step, lines) {
      steps.get(step)?.end()
      return ring.last(step, lines)
    },
  }
}
