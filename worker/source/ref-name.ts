import { LetterboxError } from '../../job/letterbox-error.ts'

/** Proves that a text is a full ref that git itself would take (`refs/heads/x;touch$IFS` is one: it is only data).
 *  `HEAD` is one too: the branch that the remote shows first.
 *  @throws RefInvalid @see git-check-ref-format(1) */
export function checkRefName(ref: string): string {
  const problem = ref === 'HEAD' ? null : refProblem(ref)
  if (problem !== null) throw new RefInvalid(ref, problem)
  return ref
}

/** Branch or tag: what stands behind `refs/heads/` or `refs/tags/`; null for any other ref. */
export function shortName(ref: string): { kind: 'branch' | 'tag'; name: string } | null {
  if (ref.startsWith('refs/heads/')) return { kind: 'branch', name: ref.slice('refs/heads/'.length) }
  if (ref.startsWith('refs/tags/')) return { kind: 'tag', name: ref.slice('refs/tags/'.length) }
  return null
}

function refProblem(ref: string): string | null {
  if (ref.length > MAX_REF_LENGTH) return `it is longer than ${MAX_REF_LENGTH} characters`
  if (!ref.startsWith('refs/') || ref.split('/').length < 3) return 'a full ref begins with refs/heads/ or refs/tags/'
  if (!ref.isWellFormed()) return 'it is no well-formed Unicode text'
  const broken = RULES.find(([pattern]) => pattern.test(ref))
  return broken === undefined ? null : broken[1]
}

/** A file name of 255 bytes per part and a path of 4096 bytes are what the file system takes; forges allow less. */
const MAX_REF_LENGTH = 1024

const RULES: [RegExp, string][] = [
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  [/[\u0000-\u0020\u007f]/, 'it holds a space or a control character'],
  [/[~^:?*[\\]/, 'it holds one of ~ ^ : ? * [ \\'],
  [/\.\./, 'it holds ".."'],
  [/@\{/, 'it holds "@{"'],
  [/\/\/|\/$/, 'it has an empty part'],
  [/\/\./, 'a part begins with "."'],
  [/\.lock(?:\/|$)/, 'a part ends in ".lock"'],
  [/\.$/, 'it ends in "."'],
]

export class RefInvalid extends LetterboxError {
  readonly code = 'REF_INVALID'
  readonly fault = 'theirs'
  readonly ref: string
  constructor(ref: string, problem: string) {
    super(`${JSON.stringify(ref.slice(0, 200))} is no name of a branch or tag: ${problem}`, {
      hint: 'Name an existing branch or tag as git shows it; nothing was asked of the remote.',
    })
    this.ref = ref
  }
}
