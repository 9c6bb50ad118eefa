import { CommanderError } from 'commander'
import pc from 'picocolors'
import type { Cli } from './cli.ts'
import { createProgram } from './program.ts'

/* The operator's commands. Reads the environment and the terminal once; everything below gets them handed. */

const cli: Cli = {
  print: (text) => process.stdout.write(text),
  complain: (text) => process.stderr.write(text),
  colors: pc.createColors(wantsColors(process.stdout)),
  errorColors: pc.createColors(wantsColors(process.stderr)),
  columns: process.stdout.isTTY ? process.stdout.columns : null,
  env: process.env,
  now: () => new Date(),
  exit: (code) => {
    process.exitCode = code
  },
}

for (const stream of [process.stdout, process.stderr]) stream.on('error', leaveWhenNobodyReads)

try {
  await createProgram(cli).parseAsync(process.argv)
} catch (error) {
  if (!(error instanceof CommanderError)) throw error
  process.exitCode = error.exitCode === 0 ? 0 : 2
}

function wantsColors(stream: NodeJS.WriteStream): boolean {
  if (process.env.NO_COLOR) return false
  if (process.env.FORCE_COLOR) return process.env.FORCE_COLOR !== '0'
  return stream.isTTY && process.env.TERM !== 'dumb'
}

/** `letterbox runs | head` closes the pipe early: nothing is wrong, and nobody listens any more. */
function leaveWhenNobodyReads(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
  process.exit(process.exitCode)
}
