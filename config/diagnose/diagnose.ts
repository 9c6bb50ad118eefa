import type { Diagnostic } from '../diagnostic.ts'
import { type Config, ConfigSchema } from '../schema.ts'
import { codeFrame, type FrameSource, lineIndex } from './code-frame.ts'
import { codes } from './codes.ts'
import { crossChecks } from './cross-checks.ts'
import { surePath } from './hidden-by-look.ts'
import type { Problem } from './problem.ts'
import { readYaml, type YamlReading } from './read-yaml.ts'
import { schemaProblems } from './schema-problems.ts'
import { judgeSecretPlaces } from './secret-places.ts'
import { type Path, plainValue, type Span, type Tree } from './source-tree.ts'

export type Diagnosis = {
  /** what stands in the file, as plain data */
  written: unknown
  /** null as soon as there is one error */
  config: Config | null
  /** with a config only warnings; in the order of the text */
  diagnostics: Diagnostic[]
}

/** Finds everything that is wrong with the text of a config at once. */
export function diagnose(text: string, file: string): Diagnosis {
  const reading = readYaml(text)
  const tree = reading.tree
  if (tree === null || isEmpty(tree)) {
    const problems = reading.problems.length > 0 ? reading.problems : [emptyFile()]
    return { written: null, config: null, diagnostics: shown(sourceOf(text, [], true), file, problems) }
  }
  const { problems, masks, written, config } = judge(tree, reading.problems)
  const told = [...reading.problems, ...problems.filter((problem) => isSound(problem, reading))]
  const refused = told.some((problem) => problem.severity !== 'warning')
  const worth = refused ? told.filter((problem) => problem.code !== 'NO_REPOSITORIES') : told
  return {
    written,
    config: refused ? null : config,
    diagnostics: shown(sourceOf(text, masks, isBroken(reading)), file, worth),
  }
}

function sourceOf(text: string, masks: readonly Span[], broken: boolean): FrameSource {
  return { text, lines: lineIndex(text), masks, broken }
}

/** Also a file that is no map is none of ours: someone may have named the file of a secret. */
function isBroken({ tree, problems, firstSyntaxErrorAt }: YamlReading): boolean {
  return firstSyntaxErrorAt !== Infinity || tree?.kind !== 'map' || problems.some((one) => one.code === 'YAML_KEY')
}

/** After a syntax error the rest of the tree is a guess, and what YAML has refused is not told again as a wrong value. */
function isSound(problem: Problem, reading: YamlReading): boolean {
  const broken = reading.firstSyntaxErrorAt
  if (problem.span.from >= broken || (broken !== Infinity && problem.code === 'MISSING_KEY')) return false
  return !reading.problems.some((one) => GUESSED.includes(one.code) && isBelow(problem.path, one.path))
}

/** After these the value in the tree is not what was written. */
const GUESSED: Problem['code'][] = ['YAML_KEY', 'YAML_TAG', 'YAML_ALIAS', 'YAML_TOO_MUCH']

function isBelow(path: Path, top: Path): boolean {
  return top.length > 0 && top.every((key, index) => path[index] === key)
}

function judge(
  tree: Tree,
  refused: Problem[],
): { problems: Problem[]; masks: Span[]; written: unknown; config: Config | null } {
  const written = plainValue(tree)
  const parsed = ConfigSchema.safeParse(written)
  const secrets = judgeSecretPlaces(tree)
  const judged = new Set(secrets.paths.map((path) => JSON.stringify(path)))
  const structural = schemaProblems(tree, parsed.error?.issues ?? [])
  return {
    problems: [
      ...structural.filter((problem) => problem.code !== 'ONE_ACTION' && !isInside(problem.path, judged)),
      ...secrets.problems,
      ...crossChecks(tree),
    ],
    // A secret may begin with ! or *, and then YAML sees a tag or an alias.
    masks: [...secrets.masks, ...refused.filter((one) => isInside(one.path, judged)).map((one) => one.span)],
    written,
    config: parsed.data ?? null,
  }
}

/** Secret references are judged by their own rules, with more care than the schema's messages take. */
function isInside(path: Path, judged: Set<string>): boolean {
  return path.some((_, index) => judged.has(JSON.stringify(path.slice(0, index + 1))))
}

function isEmpty(tree: Tree): boolean {
  return tree.kind === 'scalar' && tree.value === null
}

function emptyFile(): Problem {
  return { code: 'EMPTY_FILE', path: [], span: { from: 0, to: 1 }, message: 'the file holds no setting' }
}

function shown(source: FrameSource, file: string, problems: Problem[]): Diagnostic[] {
  return [...problems]
    .sort((a, b) => a.span.from - b.span.from)
    .map((problem) => {
      const { line, column } = source.lines.at(Math.min(problem.span.from, source.text.length))
      const { why, fix } = codes[problem.code]
      const note = problem.note ?? problem.message
      const meant = problem.didYouMean ?? null
      return {
        severity: problem.severity ?? 'error',
        code: problem.code,
        file,
        line,
        column,
        path: source.broken ? surePath(problem.path) : problem.path,
        message: problem.message,
        frame: codeFrame(source, problem.span, meant === null ? note : `did you mean "${meant}"?   ${note}`),
        why: problem.why ?? why,
        fix: problem.fix ?? fix,
        didYouMean: meant,
      }
    })
}
