import pc from 'picocolors'

/** How the demo speaks: plain lines, coloured on a terminal. */
export type Terminal = {
  title(text: string): void
  act(text: string): void
  fact(name: string, value: string): void
  line(text?: string): void
  dim(text: string): void
  good(text: string): void
  bad(text: string): void
  /** a line of a step's own output */
  output(step: string, text: string, fromStderr: boolean): void
  /** a line that Letterbox itself says in a step */
  note(step: string, text: string): void
  /** a longer text, shown as a sheet */
  sheet(text: string): void
}

const WIDTH = 92

export function terminal(write: (line: string) => void, color: boolean): Terminal {
  const c = pc.createColors(color)
  const rule = (text: string) => '─'.repeat(Math.max(3, WIDTH - text.length - 4))
  return {
    title: (text) => write(`\n${c.bold(text)}`),
    act: (text) => write(`\n${c.bold(c.cyan(`── ${text} ${rule(text)}`))}`),
    fact: (name, value) => write(`  ${c.dim(name.padEnd(10))} ${value}`),
    line: (text = '') => write(text === '' ? '' : `  ${text}`),
    dim: (text) => write(c.dim(`  ${text}`)),
    good: (text) => write(`  ${c.green('✔')} ${text}`),
    bad: (text) => write(`  ${c.red('✖')} ${text}`),
    output: (step, text, fromStderr) =>
      write(`  ${c.dim(`${step.padEnd(6)}│`)} ${fromStderr ? c.yellow(printable(text)) : printable(text)}`),
    note: (step, text) => write(c.dim(`  ${step.padEnd(6)}│ ${printable(text)}`)),
    sheet(text) {
      write(c.dim(`  ┌${'─'.repeat(WIDTH - 4)}`))
      for (const line of text.trimEnd().split('\n')) write(`${c.dim('  │')} ${printable(line)}`)
      write(c.dim(`  └${'─'.repeat(WIDTH - 4)}`))
    },
  }
}

/** A build's output may hold anything; control characters would steer the reader's terminal. */
function printable(text: string): string {
  return [...text].map((char) => (char < ' ' && char !== '\t' ? ' ' : char)).join('')
}
