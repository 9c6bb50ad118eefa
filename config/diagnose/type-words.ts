import type { Tree } from './source-tree.ts'

const WORDS: Record<string, string> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  record: 'a map',
}

/** zod's name of a type in the words of the reference. */
export function expectedText(type: string): string {
  return WORDS[type] ?? type
}

export function foundText(tree: Tree): string {
  if (tree.kind === 'list') return 'a list'
  if (tree.kind === 'map') return 'a map'
  if (tree.value === null) return 'nothing'
  return typeof tree.value === 'string' ? 'text' : `the ${typeof tree.value} ${tree.source}`
}

/** How a value of the wrong type is usually repaired. */
export function typeAdvice(tree: Tree, expected: string): { why?: string; fix?: string } {
  if (expected.startsWith('text') && tree.kind === 'scalar') {
    return { why: 'YAML reads it as no text without quotes.', fix: `put quotes around it: "${tree.source}".` }
  }
  if (expected.startsWith('text') && tree.kind === 'map') {
    return { fix: 'write text; a text with { or ": " in it needs quotes.' }
  }
  if (expected === 'a list' && tree.kind === 'scalar') return { fix: 'write a list: put [ ] around it.' }
  if (tree.kind === 'scalar' && typeof tree.value === 'string' && /number/.test(expected)) {
    return { fix: 'write the number without quotes and without a unit.' }
  }
  return {}
}
