import { createRequire } from 'node:module'
import { type Logger, pino } from 'pino'

/** JSON lines on stdout for machines; readable lines when stdout is a terminal and pino-pretty is installed. */
export function createProgramLog(program: 'webhook' | 'worker'): Logger {
  const options = { base: { program }, timestamp: pino.stdTimeFunctions.isoTime }
  if (!process.stdout.isTTY || !hasPretty()) return pino(options)
  return pino({ ...options, transport: { target: 'pino-pretty', options: { ignore: 'pid,hostname,program' } } })
}

function hasPretty(): boolean {
  try {
    createRequire(import.meta.url).resolve('pino-pretty')
    return true
  } catch {
    return false // a convenience for people, left out of a production install
  }
}
