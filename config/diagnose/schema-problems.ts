import type { z } from 'zod'
import { ConfigSchema } from '../schema.ts'
import { type DiagnosticCode, isDiagnosticCode } from './codes.ts'
import { didYouMean } from './did-you-mean.ts'
import type { Problem } from './problem.ts'
import { keysOf, schemaAt, titleOf } from './schema-walk.ts'
import { child, firstToken, keySpanAt, type Path, type Tree, treeAt } from './source-tree.ts'
import { expectedText, foundText, typeAdvice } from './type-words.ts'

type Issue = z.core.$ZodIssue

/** Which code a text gets that has not the form of its type. */
const CODE_OF_TITLE: Record<string, DiagnosticCode> = { duration: 'BAD_DURATION', size: 'BAD_SIZE', URL: 'BAD_URL' }
const FORM_OF_CODE: { [code in DiagnosticCode]?: string } = {
  BAD_DURATION: 'not a duration such as 90s, 20m or 1h',
  BAD_SIZE: 'not a size such as 512m or 1g',
  BAD_URL: 'not an http(s) address',
}

/** What the schema finds, each at its place in the text. */
export function schemaProblems(root: Tree, issues: readonly Issue[]): Problem[] {
  return withoutEchoes(issues.flatMap((issue) => problemsOf(root, issue, [])))
}

function problemsOf(root: Tree, issue: Issue, prefix: Path): Problem[] {
  const path = [...prefix, ...issue.path.map((key) => (typeof key === 'symbol' ? String(key) : key))]
  const tree = treeAt(root, path)
  if (tree === null) return [missingKey(root, path)]
  if (tree.kind === 'scalar' && tree.value === null) return [missingValue(root, path, tree)]
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(root, path, tree, key))
    case 'invalid_union':
      return unionProblems(root, path, tree, issue)
    case 'invalid_type':
      return [
        hasOwnForm(root, path, tree)
          ? badFormat(root, path, tree, issue)
          : wrongType(path, tree, expectedText(issue.expected)),
      ]
    case 'invalid_value':
      return [unknownValue(path, tree, issue.values)]
    case 'too_small':
    case 'too_big':
      return [wrongSize(path, tree, issue)]
    case 'invalid_key':
      return [badKey(root, path, issue)]
    case 'custom':
      return [custom(path, tree, issue)]
    default:
      return [badFormat(root, path, tree, issue)]
  }
}

function missingKey(root: Tree, path: Path): Problem {
  const key = String(path.at(-1))
  const parent = path.slice(0, -1)
  return {
    code: 'MISSING_KEY',
    path: parent,
    span: keySpanAt(root, parent),
    message: `the key "${key}" is missing`,
    fix: `add ${key}: … there.`,
  }
}

function missingValue(root: Tree, path: Path, tree: Tree): Problem {
  const inList = typeof path.at(-1) === 'number'
  const message = inList ? 'this entry has no value' : `"${String(path.at(-1))}" has no value`
  return { code: 'MISSING_VALUE', path, span: inList ? tree.span : keySpanAt(root, path), message }
}

function unknownKey(root: Tree, path: Path, tree: Tree, key: string): Problem {
  const keys = keysOf(schemaAt(ConfigSchema, root, path), tree) ?? { known: [], needed: [] }
  const meant = didYouMean(key, keys.known)
  const lost = meant !== null && keys.needed.includes(meant) && child(tree, meant) === null
  const note = `known: ${shortList(keys.known)}`
  return {
    code: 'UNKNOWN_KEY',
    path,
    span: tree.kind === 'map' ? (tree.entries.get(key)?.keySpan ?? tree.span) : tree.span,
    message: `unknown key${isSurelyAKey(tree, key, meant) ? ` "${key}"` : ''}; ${note}`,
    note,
    didYouMean: meant,
    ...(lost ? { why: `the ${String(path.at(-1) ?? 'config')} would have no ${meant}.` } : {}),
    fix: meant === null ? 'remove the key, or use a known one.' : 'rename the key.',
  }
}

/** A key without a value may be a value without its key: then its text is not told. */
function isSurelyAKey(tree: Tree, key: string, meant: string | null): boolean {
  const value = child(tree, key)
  return meant !== null || (value !== null && !(value.kind === 'scalar' && value.value === null))
}

/** The option that got furthest is the one that was meant. */
function unionProblems(root: Tree, path: Path, tree: Tree, issue: Issue & { code: 'invalid_union' }): Problem[] {
  const meant = issue.errors.find((errors) => !errors.some((error) => error.path.length === 0 && isTypeError(error)))
  if (meant) return meant.flatMap((error) => problemsOf(root, error, path))
  const expected = issue.errors.flatMap((errors) =>
    errors.flatMap((error) => ('expected' in error ? error.expected : [])),
  )
  return [wrongType(path, tree, [...new Set(expected.map(expectedText))].join(' or '))]
}

function isTypeError(issue: Issue): boolean {
  return issue.code === 'invalid_type' || issue.code === 'invalid_union'
}

function wrongType(path: Path, tree: Tree, expected: string): Problem {
  const message = `${expected} is wanted here, and this is ${foundText(tree)}`
  return { code: 'WRONG_TYPE', path, span: firstToken(tree), message, ...typeAdvice(tree, expected) }
}

function unknownValue(path: Path, tree: Tree, values: readonly unknown[]): Problem {
  const known = values.map(String)
  const found = tree.kind === 'scalar' ? String(tree.value) : foundText(tree)
  const note = `known: ${known.join(', ')}`
  return {
    code: 'UNKNOWN_VALUE',
    path,
    span: firstToken(tree),
    message: `unknown value "${found}"; ${note}`,
    note,
    didYouMean: didYouMean(found, known),
  }
}

function wrongSize(path: Path, tree: Tree, issue: Issue & { code: 'too_small' | 'too_big' }): Problem {
  const span = firstToken(tree)
  const small = issue.code === 'too_small'
  if (issue.origin === 'string' || issue.origin === 'array') {
    if (small)
      return { code: 'EMPTY_VALUE', path, span, message: `this ${tree.kind === 'list' ? 'list' : 'text'} is empty` }
    return { code: 'TOO_LONG', path, span, message: `longer than ${issue.maximum} characters` }
  }
  const limit = small ? `at least ${issue.inclusive ? '' : 'more than '}${issue.minimum}` : `at most ${issue.maximum}`
  return { code: 'OUT_OF_RANGE', path, span, message: `the number must be ${limit}` }
}

function badKey(root: Tree, path: Path, issue: Issue & { code: 'invalid_key' }): Problem {
  const message = issue.issues[0]?.message ?? 'not a key that is allowed here'
  return {
    code: 'BAD_VALUE',
    path: path.slice(0, -1),
    span: keySpanAt(root, path),
    message: `the key is not ${message}`,
  }
}

function custom(path: Path, tree: Tree, issue: Issue & { code: 'custom' }): Problem {
  const code = isDiagnosticCode(issue.params?.code) ? issue.params.code : 'BAD_VALUE'
  return { code, path, span: firstToken(tree), message: issue.message }
}

function badFormat(root: Tree, path: Path, tree: Tree, issue: Issue): Problem {
  const code = ownCode(root, path) ?? 'BAD_VALUE'
  return { code, path, span: firstToken(tree), message: FORM_OF_CODE[code] ?? `not ${issue.message}` }
}

/** `timeout: 90` is no question of quotes. */
function hasOwnForm(root: Tree, path: Path, tree: Tree): boolean {
  return tree.kind === 'scalar' && ownCode(root, path) !== null
}

function ownCode(root: Tree, path: Path): DiagnosticCode | null {
  const title = titleOf(schemaAt(ConfigSchema, root, path))
  return (title === null ? undefined : CODE_OF_TITLE[title]) ?? null
}

/** A mistyped key that is needed is told once: as the unknown key, not also as the missing one. */
function withoutEchoes(problems: Problem[]): Problem[] {
  const renamed = new Set(
    problems.filter((one) => one.code === 'UNKNOWN_KEY').map((one) => placeOf(one.path, one.didYouMean)),
  )
  return problems.filter((one) => one.code !== 'MISSING_KEY' || !renamed.has(placeOf(one.path, missingName(one))))
}

function placeOf(path: Path, key: string | null | undefined): string {
  return JSON.stringify([...path, key ?? null])
}

function missingName(problem: Problem): string | null {
  return /"(.*)"/.exec(problem.message)?.[1] ?? null
}

function shortList(names: string[]): string {
  const shown = names.slice(0, 12).join(', ')
  return names.length > 12 ? `${shown}, …` : shown
}
