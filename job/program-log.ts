import { createRequire } from 'node:module'
import { type Logger, pino } from 'pino'
import type PinoPretty from 'pino-pretty'

/** JSON lines on stdout for machines; readable lines when stdout is a terminal and pino-pretty is installed. No thread of
 *  its own: the web program may have none. */
export function createProgramLog(program: 'webhook' | 'worker'): Logger {
  const options = { base: { program }, timestamp: pino.stdTimeFunctions.isoTime }
  const pretty = process.stdout.isTTY ? findPretty() : null
  return pretty === null ? pino(options) : pino(options, pretty({ ignore: 'pid,hostname,program', sync: true }))
}

function findPretty(): typeof PinoPretty | null {
  try {
    return createRequire(import.meta.url)('pino-pretty')
  } catch {
    return null // a convenience for people, left out of a production install
  }
}
