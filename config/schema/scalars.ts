import { z } from 'zod'
import { compileGlob, compileGlobList } from '../glob.ts'
import { checkTemplate } from '../template.ts'

/* The words of the config that are more than plain text. `title` is how the reference and the diagnostics call them;
 * a broken one carries its diagnostic code in `params`. */

const MS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const BYTES: Record<string, number> = { b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 }

/** `90s`, `20m`, `1h`, `2d` → milliseconds. */
export const duration = z
  .string()
  .regex(/^[1-9]\d{0,6}(?:ms|s|m|h|d)$/, 'a duration like 90s, 20m, 1h or 2d')
  .transform((text) => Number.parseInt(text, 10) * (MS[text.replace(/^\d+/, '')] ?? 1))
  .meta({ title: 'duration', examples: ['90s', '20m', '1h'] })

/** `512m`, `1g` → bytes. */
export const size = z
  .string()
  .regex(/^[1-9]\d{0,8}[bkmgtBKMGT]$/, 'a size like 512m or 1g')
  .transform((text) => Number.parseInt(text, 10) * (BYTES[text.slice(-1).toLowerCase()] ?? 1))
  .meta({ title: 'size', examples: ['512m', '1g'] })

/** One glob, without `!`. */
export const glob = text(500).check(refuse('BAD_GLOB', globProblem)).meta({ title: 'glob' })

/** A list of globs; `!glob` takes away, the last matching entry wins. */
export const globs = z.array(text(500).check(refuse('BAD_GLOB', entryProblem)).meta({ title: 'glob' })).min(1)

/** A Liquid template. */
export const template = text(1000).check(refuse('BAD_TEMPLATE', checkTemplate)).meta({ title: 'template' })

/** A value of an environment variable; may be empty and may be a template. */
export const environmentValue = z
  .string()
  .max(32_768)
  .check(refuse('BAD_TEMPLATE', checkTemplate))
  .meta({ title: 'template' })

export const environmentName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'a name of an environment variable: letters, digits and _')
  .meta({ title: 'variable name' })

/** Text in which `{{` would stand for nothing: commands, paths, names. */
export function plainText(maxLength = 1000) {
  return text(maxLength).check(refuse('TEMPLATE_NOT_ALLOWED', noTemplate))
}

/** Like `plainText`, and may be empty: an argument of a program. */
export const argument = z.string().max(32_768).check(refuse('TEMPLATE_NOT_ALLOWED', noTemplate))

/** Base address of a server, without a name and password in it. */
export const serverUrl = z
  .url({ protocol: /^https?$/ })
  .check(refuse('LITERAL_SECRET', credentialsProblem))
  .meta({ title: 'URL' })

/** Makes a zod check out of a function that says what is wrong. That a text is empty is told by its minimal length. */
export function refuse(code: string, problemOf: (value: string) => string | null) {
  return (payload: { value: string; issues: z.core.$ZodRawIssue[] }) => {
    const message = payload.value === '' ? null : problemOf(payload.value)
    if (message !== null) payload.issues.push({ code: 'custom', input: payload.value, message, params: { code } })
  }
}

/** Name and password in an address are secrets. */
export function credentialsProblem(value: string): string | null {
  return /^[a-z][a-z0-9+.-]*:\/\/[^/?#@]*:[^/?#]*@/i.test(value) ? 'the address holds a password' : null
}

function text(maxLength: number) {
  return z.string().min(1).max(maxLength)
}

function noTemplate(value: string): string | null {
  return value.includes('{{') || value.includes('{%') ? 'templates are not filled in here' : null
}

function globProblem(value: string): string | null {
  return described(compileGlob(value))
}

function entryProblem(value: string): string | null {
  return described(compileGlobList([value]))
}

function described(compiled: object | { problem: string; at: number }): string | null {
  return 'problem' in compiled && 'at' in compiled ? `${compiled.problem} (character ${Number(compiled.at) + 1})` : null
}
