import type { RunLogLine } from '../run-log-line.ts'

/** The last lines of each step, in memory, bounded in number and characters. */
export type TailRing = {
  add(line: RunLogLine): void
  last(step: number | null, lines: number): RunLogLine[]
}

export function createTailRing(limits: { lines: number; chars: number }): TailRing {
  const steps = new Map<number | null, { lines: RunLogLine[]; chars: number }>()
  return {
    add(line) {
      const tail = steps.get(line.step) ?? { lines: [], chars: 0 }
      steps.set(line.step, tail)
      tail.lines.push(line)
      tail.chars += line.text.length
      while (tail.lines.length > limits.lines || (tail.chars > limits.chars && tail.lines.length > 1)) {
        tail.chars -= tail.lines.shift()?.text.length ?? 0
      }
    },
    last: (step, lines) => steps.get(step)?.lines.slice(-lines) ?? [],
  }
}
