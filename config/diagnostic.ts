import pc from 'picocolors'

/** One thing that is wrong (or doubtful) in a config file. Holds no secret: what stands where a secret reference
 *  belongs is shown as stars. */
export type Diagnostic = {
  severity: 'error' | 'warning'
  /** stable, SCREAMING_SNAKE; listed in docs/configuration.md */
  code: string
  file: string
  /** from 1 */
  line: number
  /** from 1, in UTF-16 units as editors count */
  column: number
  /** keys and indexes of the place */
  path: (string | number)[]
  /** one sentence */
  message: string
  /** the line, and below it carets under the token and a note; empty where there is no text to show */
  frame: string
  why: string
  fix: string
  didYouMean: string | null
}

/** Diagnostics as a compiler prints them, for people. */
export function formatDiagnostics(list: readonly Diagnostic[], options: { color: boolean }): string {
  const colors = pc.createColors(options.color)
  return list.map((diagnostic) => formatOne(diagnostic, colors)).join('\n')
}

function formatOne(diagnostic: Diagnostic, colors: ReturnType<typeof pc.createColors>): string {
  const { severity, code, path, why, fix } = diagnostic
  const paint = severity === 'error' ? colors.red : colors.yellow
  const place = `${oneLine(diagnostic.file)}:${diagnostic.line}:${diagnostic.column}`
  const header = [colors.bold(place), paint(severity), code, formatPath(path)].filter((part) => part !== '').join('  ')
  const frame = diagnostic.frame === '' ? `  ${oneLine(diagnostic.message)}` : paintCarets(diagnostic.frame, paint)
  return `${header}\n${frame}\n  ${colors.dim('why:')} ${oneLine(why)}   ${colors.dim('fix:')} ${oneLine(fix)}\n`
}

/** `repositories › github.com/acme/shop › triggers[0] › steps[1]` */
export function formatPath(path: readonly (string | number)[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`
    return text === '' ? oneLine(key) : `${text} › ${oneLine(key)}`
  }, '')
}

function paintCarets(frame: string, paint: (text: string) => string): string {
  const [line = '', carets = ''] = frame.split('\n')
  return `${line}\n${carets.replace(/\^.*$/, (marked) => paint(marked))}`
}

/** Names out of the file must not steer a terminal or begin a line of their own. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '·')
}
