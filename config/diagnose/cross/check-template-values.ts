import { Trigger } from '../../schema/trigger.ts'
import { templateReads } from '../../template.ts'
import type { Problem } from '../problem.ts'
import { titleOf, walkSchema } from '../schema-walk.ts'
import { child, type Path, type Tree, text } from '../source-tree.ts'

/** What an event has no value for. A `manual` one may have either. */
const ABSENT: Record<string, string[]> = {
  push: ['tag', 'version'],
  branch_deleted: ['tag', 'version', 'commit', 'shortCommit'],
  tag: ['branch'],
  tag_deleted: ['branch', 'commit', 'shortCommit'],
}

/** Warns of templates that can never be filled in for the event of their trigger. */
export function templateValues(trigger: Tree, path: Path): Problem[] {
  const on = text(child(trigger, 'on')) ?? ''
  const absent = Object.hasOwn(ABSENT, on) ? (ABSENT[on] ?? []) : []
  if (absent.length === 0) return []
  const problems: Problem[] = []
  walkSchema(trigger, Trigger, ({ tree, schema, path: inner }) => {
    const template = titleOf(schema) === 'template' ? (text(tree) ?? '') : ''
    // Whoever asks first, or gives a default, has thought of it.
    if (!template.includes('{{') || /default|\{%/.test(template)) return true
    const missing = templateReads(template).find((name) => absent.includes(name))
    if (missing !== undefined) problems.push(warning(missing, on, [...path, ...inner], tree))
    return true
  })
  return problems
}

function warning(name: string, on: string, path: Path, tree: Tree): Problem {
  const message = `${name} has no value for the event ${on}`
  return { code: 'NO_TEMPLATE_VALUE', severity: 'warning', path, span: tree.span, message }
}
