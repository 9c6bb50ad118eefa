import { createHash } from 'node:crypto'
import { Liquid, type Template } from 'liquidjs'
import type { Event } from '../job/event.ts'
import { LetterboxError } from '../job/letterbox-error.ts'
import { didYouMean } from './diagnose/did-you-mean.ts'

/** What a template may say. What the event has no value for is `null`; using it makes the template fail. */
export type TemplateVariables = {
  repository: { host: string; path: string; owner: string; name: string }
  event: string
  branch: string | null
  tag: string | null
  /** the tag without a leading v */
  version: string | null
  commit: string | null
  /** 12 hex digits */
  shortCommit: string | null
  run: { number: number }
}

/** The names, in the order in which the reference lists them. */
export const templateNames = [
  'repository.host',
  'repository.path',
  'repository.owner',
  'repository.name',
  'event',
  'branch',
  'tag',
  'version',
  'commit',
  'shortCommit',
  'run.number',
] as const

const TAGS = ['if', 'unless', 'case', 'assign', 'comment', 'raw']

const liquid = createLiquid()

/** What is wrong with a template: syntax, an unknown variable or filter, a tag that is not allowed. Null when nothing is. */
export function checkTemplate(text: string): string | null {
  const parsed = parse(text)
  if (typeof parsed === 'string') return parsed
  for (const segments of liquid.globalVariableSegmentsSync(parsed)) {
    const name = segments.map(String).join('.')
    if (!isKnown(name)) return unknownVariable(name)
  }
  return null
}

function unknownVariable(name: string): string {
  const meant = didYouMean(name, templateNames)
  const question = meant === null ? '' : ` (did you mean ${meant}?)`
  return `unknown variable ${name}${question}; known: ${templateNames.join(', ')}`
}

/** The variables that a template reads, such as `branch`. Empty for a template that does not parse. */
export function templateReads(text: string): string[] {
  const parsed = parse(text)
  if (typeof parsed === 'string') return []
  return liquid.globalVariableSegmentsSync(parsed).map((segments) => segments.map(String).join('.'))
}

/** @throws TemplateFailed for what `checkTemplate` finds, and for a variable that has no value for this event */
export function renderTemplate(text: string, variables: TemplateVariables): string {
  const parsed = parse(text)
  if (typeof parsed === 'string') throw new TemplateFailed(text, parsed)
  try {
    return liquid.renderSync(parsed, withoutNulls(variables))
  } catch (error) {
    throw new TemplateFailed(text, readableProblem(error), error)
  }
}

/** The variables for one event. `version` is the tag without a leading v. */
export function templateVariables(facts: {
  event: Event
  commit: string | null
  runNumber: number
}): TemplateVariables {
  const { event, commit, runNumber } = facts
  const { host, path, name } = event.repository
  const slash = path.lastIndexOf('/')
  return {
    repository: { host, path, owner: slash === -1 ? '' : path.slice(0, slash), name },
    event: event.type,
    branch: event.branch,
    tag: event.tag,
    version: event.tag === null ? null : event.tag.replace(/^v/, ''),
    commit,
    shortCommit: commit === null ? null : commit.slice(0, 12),
    run: { number: runNumber },
  }
}

/** A DNS label (at most 63 of a-z, 0-9 and inner `-`). A text that is one already stays as it is; any other gets
 *  `-` and 8 hex of its SHA-256 appended, so that two texts never share a name. */
export function slug(text: string): string {
  if (/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(text)) return text
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 8)
  const readable = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, 54)
    .replace(/-+$/, '')
  return `${readable || 'x'}-${hash}`
}

/** A template that cannot be rendered: the operator's to repair, or the wrong event for it. */
export class TemplateFailed extends LetterboxError {
  readonly code = 'TEMPLATE_FAILED'
  readonly fault = 'theirs'
  readonly template: string
  readonly problem: string
  constructor(template: string, problem: string, cause?: unknown) {
    super(`the template ${JSON.stringify(template)} cannot be filled in: ${problem}`, {
      hint: `Correct the template in config.yaml. Variables: ${templateNames.join(', ')}.`,
      cause,
    })
    this.template = template
    this.problem = problem
  }
}

function createLiquid(): Liquid {
  const engine = new Liquid({
    strictVariables: true,
    strictFilters: true,
    ownPropertyOnly: true,
    lenientIf: true,
    // No template file is ever read; limits hold also where a hostile branch name meets a costly filter.
    templates: {},
    parseLimit: 100_000,
    renderLimit: 500,
    memoryLimit: 1_000_000,
  })
  for (const tag of Object.keys(engine.tags)) if (!TAGS.includes(tag)) delete engine.tags[tag]
  engine.registerFilter('slug', (value: unknown) => slug(String(value)))
  return engine
}

/** The parsed template, or what is wrong with it. */
function parse(text: string): Template[] | string {
  try {
    return liquid.parse(text)
  } catch (error) {
    return readableProblem(error)
  }
}

function isKnown(name: string): boolean {
  return templateNames.some((known) => known === name)
}

/** The library's message without its position, which the caller shows better. */
function readableProblem(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message
    .replace(/, (?:file:.*?, )?line:\d+, col:\d+[\s\S]*$/, '')
    .replace(/^undefined variable: (.*)$/, '$1 has no value for this event')
}

/** Strict variables refuse what is absent, so a null must be absent. */
function withoutNulls(variables: TemplateVariables): object {
  return Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== null))
}
