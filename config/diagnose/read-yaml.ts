import { type Document, parseDocument, visit } from 'yaml'
import type { Problem } from './problem.ts'
import type { Tree } from './source-tree.ts'
import { yamlMistake } from './yaml-mistake.ts'
import { YamlTreeBuilder } from './yaml-tree-builder.ts'

/** At most this many syntax errors are told; after a first one most are its echo. */
const MAX_SYNTAX_PROBLEMS = 20

export type YamlReading = { tree: Tree | null; problems: Problem[]; firstSyntaxErrorAt: number }

/** Reads YAML 1.2 text into a tree that knows where everything stands. Never throws; `tree` is what could be read. */
export function readYaml(text: string): YamlReading {
  const document = parse(text)
  if (document === null) return { tree: null, problems: [tooDeep()], firstSyntaxErrorAt: 0 }
  const syntax = syntaxProblems(document, text)
  const builder = new YamlTreeBuilder(text)
  const tree = document.contents === null ? null : builder.build(document.contents)
  return {
    tree,
    problems: [...syntax, ...builder.problems],
    firstSyntaxErrorAt: Math.min(...syntax.map((problem) => problem.span.from)),
  }
}

/** A quote that is never closed takes in all that follows, so nothing after it is told. */
function syntaxProblems(document: Document.Parsed, text: string): Problem[] {
  const problems = document.errors.slice(0, MAX_SYNTAX_PROBLEMS).map((error) => yamlMistake(error, text))
  const quoteAt = unclosedQuote(document, text)
  if (quoteAt === null) return problems
  const message = 'the quote that opens here is never closed'
  const fix = 'close the quote.'
  const unclosed: Problem = { code: 'YAML_SYNTAX', path: [], span: { from: quoteAt, to: quoteAt + 1 }, message, fix }
  return [...problems.filter((problem) => problem.span.from < quoteAt), unclosed]
}

function unclosedQuote(document: Document.Parsed, text: string): number | null {
  if (!document.errors.some((error) => error.code === 'MISSING_CHAR' && /closing .quote/.test(error.message)))
    return null
  let last: number | null = null
  visit(document, {
    Scalar(_, { type, range }) {
      const quote = type === 'QUOTE_DOUBLE' ? '"' : "'"
      if (!range || (type !== 'QUOTE_DOUBLE' && type !== 'QUOTE_SINGLE')) return
      if (range[1] - range[0] < 2 || text[range[1] - 1] !== quote) last = range[0]
    },
  })
  return last
}

/** Null when the text nests so deeply that the parser itself gives up. */
function parse(text: string): Document.Parsed | null {
  try {
    // Duplicate keys and merge keys are ours to judge, so that both are placed and bounded.
    return parseDocument(text, { uniqueKeys: false, prettyErrors: false, version: '1.2', strict: true })
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}

function tooDeep(): Problem {
  return { code: 'YAML_TOO_MUCH', path: [], span: { from: 0, to: 1 }, message: 'the file nests too deeply to be read' }
}
