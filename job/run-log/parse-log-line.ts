import { RunLogLine } from '../run-log-line.ts'

/** Null for a line that was torn by a crash, or is none of ours. */
export function parseLogLine(text: string): RunLogLine | null {
  if (!text.startsWith('{')) return null
  try {
    return RunLogLine.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null // torn
  }
}
