import type { ErrorCode, YAMLParseError } from 'yaml'
import type { Problem } from './problem.ts'

type Advice = { message?: string; why?: string; fix?: string }

/** Plain words for the mistakes that people make most. */
const ADVICE: Partial<Record<ErrorCode, Advice>> = {
  TAB_AS_INDENT: {
    message: 'a tab as indentation',
    why: 'YAML allows only spaces there.',
    fix: 'replace the tab by spaces.',
  },
  BAD_INDENT: {
    why: 'the indentation says what belongs to what.',
    fix: 'indent all entries of one map or list by the same number of spaces.',
  },
  BLOCK_AS_IMPLICIT_KEY: {
    why: 'a second colon in the line begins a map inside a map.',
    fix: 'put quotes around a value that holds ": ".',
  },
  BAD_SCALAR_START: { why: 'the character has a meaning of its own in YAML.', fix: 'put quotes around the value.' },
  BAD_DQ_ESCAPE: { why: 'in double quotes \\ begins an escape.', fix: "use single quotes: '\\d'." },
  MULTIPLE_DOCS: { message: 'a second document begins here' },
  TAG_RESOLVE_FAILED: {},
}

/** An error of the YAML parser as a problem of ours. Its own message names no values of the file but the character at
 *  the place. */
export function yamlMistake(error: YAMLParseError, text: string): Problem {
  const advice = ADVICE[error.code] ?? {}
  const from = Math.min(error.pos[0], text.length)
  return {
    code: error.code === 'MULTIPLE_DOCS' ? 'YAML_MULTIPLE_DOCUMENTS' : 'YAML_SYNTAX',
    path: [],
    span: { from, to: Math.max(from + 1, Math.min(error.pos[1], text.length)) },
    message: advice.message ?? plain(error),
    ...(advice.why === undefined ? {} : { why: advice.why }),
    ...(advice.fix === undefined ? {} : { fix: advice.fix }),
  }
}

/** Messages that quote the text of the file could quote a secret. */
function plain(error: YAMLParseError): string {
  const [first = ''] = error.message.split('\n')
  return first.replace(/(["']).*\1|:.*$/s, ' …')
}
