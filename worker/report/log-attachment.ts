import type { RunLogLine } from '../../job/run-log-line.ts'
import { cleanText } from './clean-text.ts'
import type { ComposedMail } from './composed-mail.ts'

export const MAX_ATTACHMENT_BYTES = 1024 * 1024

const MARK = { stdout: '|', stderr: '!', letterbox: '#' }

/** The run log as a text file for people: time, step, text. Of a log over MAX_ATTACHMENT_BYTES the last part is kept. */
export async function logAttachment(
  { title, steps }: ComposedMail['attachment'],
  lines: Iterable<RunLogLine> | AsyncIterable<RunLogLine>,
): Promise<string> {
  const width = Math.max(3, ...steps.map((name) => name.length))
  const kept: string[] = []
  let first = 0
  let bytes = 0
  for await (const line of lines) {
    const step = line.step === null ? 'run' : (steps[line.step] ?? `step ${line.step}`)
    const text =
      `${line.time.slice(11, 23)} ${step.padEnd(width)} ${MARK[line.stream]} ${cleanText(line.text)}`.trimEnd()
    kept.push(text)
    bytes += Buffer.byteLength(text) + 1
    while (bytes > MAX_ATTACHMENT_BYTES) {
      bytes -= Buffer.byteLength(kept[first] ?? '') + 1
      kept[first] = ''
      first += 1
    }
  }
  const cutMark = first === 0 ? [] : [`… the first ${first} lines are left out here`]
  return `${[`${title}. Times are UTC; | stdout, ! stderr, # Letterbox`, '', ...cutMark, ...kept.slice(first)].join('\n')}\n`
}
