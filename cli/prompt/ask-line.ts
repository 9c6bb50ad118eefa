import { createInterface } from 'node:readline/promises'

/** One line from the terminal; null when standard input is none. */
export async function askLine(question: string): Promise<string | null> {
  if (!process.stdin.isTTY) return null
  const line = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return (await line.question(question)).trim()
  } finally {
    line.close()
  }
}

/** "y" or "yes"; null when nobody can be asked. */
export async function askYes(question: string): Promise<boolean | null> {
  const answer = await askLine(`${question} [y/N] `)
  return answer === null ? null : /^y(?:es)?$/i.test(answer)
}
