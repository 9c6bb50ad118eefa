import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { UsageError } from '../usage-error.ts'

/** A secret that a person types twice and nobody sees, or all of standard input without its last line end. Never an
 *  argument: those stand in the process list. @throws UsageError */
export async function readSecret(what: string, fromStdin: boolean): Promise<string> {
  if (fromStdin) return (await text(process.stdin)).replace(/\r?\n$/, '')
  if (!process.stdin.isTTY) {
    throw new UsageError(`The ${what} is asked for on a terminal, and there is none.`, {
      hint: `Give it with --stdin: printf %s "$SECRET" | letterbox … --stdin`,
    })
  }
  const first = await typed(`${what}: `)
  if (first === (await typed(`${what}, once more: `))) return first
  throw new UsageError('The two are not the same; nothing was changed.')
}

async function typed(question: string): Promise<string> {
  process.stderr.write(question)
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const line = createInterface({ input: process.stdin, output: silent, terminal: true })
  try {
    return await line.question('')
  } finally {
    line.close()
    process.stderr.write('\n')
  }
}
