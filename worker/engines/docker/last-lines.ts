const MAX_LINE_CHARS = 2000

/** Keeps the last lines of a text that comes in pieces. */
export function createLastLines(count: number) {
  const lines: string[] = []
  let rest = ''
  return {
    add(text: string): void {
      const parts = (rest + text).split(/\r?\n/)
      rest = (parts.pop() ?? '').slice(-MAX_LINE_CHARS)
      lines.push(...parts.slice(-count).map((line) => line.slice(0, MAX_LINE_CHARS)))
      lines.splice(0, lines.length - count)
    },
    lines(): string[] {
      return rest === '' ? [...lines] : [...lines, rest].slice(-count)
    },
  }
}
