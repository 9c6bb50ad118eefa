import type { DiagnosticCode } from './codes.ts'
import type { Path, Span } from './source-tree.ts'

/** A diagnostic before it is shown: its place is a range of the text. */
export type Problem = {
  code: DiagnosticCode
  severity?: 'warning'
  path: Path
  span: Span
  /** one sentence; never holds a secret */
  message: string
  /** stands beside the carets instead of the message */
  note?: string
  didYouMean?: string | null
  /** default: those of the code */
  why?: string
  fix?: string
}
