import { errorFacts } from '../job/letterbox-error.ts'
import { formatDiagnostics } from './diagnostic.ts'
import { ConfigRefused } from './watch.ts'

/** Why the program cannot start, for the one who reads its stderr. */
export function startFailure(error: unknown, color: boolean): string {
  if (error instanceof ConfigRefused) return `${formatDiagnostics(error.diagnostics, { color })}\n`
  const { code, message, hint } = errorFacts(error)
  return `${code}: ${message}${hint === null ? '' : `\n${hint}`}\n`
}
