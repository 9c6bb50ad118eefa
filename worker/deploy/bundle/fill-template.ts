import { readdir, readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { Context, Liquid } from 'liquidjs'
import { parse, stringify } from 'yaml'
import { toJson } from './dockerrun.ts'

export type TemplateName = 'dockerrun-v1' | 'dockerrun-v3-compose' | 'build-on-target'

const FOLDER = join(import.meta.dirname, '../../../deploy-templates/elastic-beanstalk')
const WHOLE = /^\{\{((?:(?!\}\}).)*)\}\}$/s

const liquid = new Liquid({ ownPropertyOnly: true, templates: {} })

/** The files of a template with its values. They are read as JSON and YAML first and filled in then: a text that is one
 *  `{{ … }}` becomes the value itself, so nothing in a value can be taken for syntax. */
export async function fillTemplate(name: TemplateName, values: object): Promise<{ path: string; text: string }[]> {
  const folder = join(FOLDER, name)
  const files = (await readdir(folder)).sort()
  return Promise.all(
    files.map(async (path) => ({ path, text: fillText(path, await readFile(join(folder, path), 'utf8'), values) })),
  )
}

function fillText(path: string, text: string, values: object): string {
  return extname(path) === '.json' ? toJson(fill(JSON.parse(text), values)) : stringify(fill(parse(text), values))
}

/** undefined: it has no value. */
function fill(node: unknown, values: object): unknown {
  if (typeof node === 'string') return fillLeaf(node, values)
  if (Array.isArray(node)) return node.map((one) => fill(one, values)).filter((one) => one !== undefined)
  if (typeof node !== 'object' || node === null) return node
  const filled = Object.entries(node).map(([key, value]) => [key, fill(value, values)])
  return Object.fromEntries(filled.filter(([, value]) => value !== undefined))
}

function fillLeaf(text: string, values: object): unknown {
  const expression = WHOLE.exec(text)?.[1]
  if (expression === undefined) return text
  const value: unknown = liquid.evalValueSync(expression.trim(), new Context(values, liquid.options))
  return value ?? undefined
}
