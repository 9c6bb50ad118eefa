import * as sdk from '@aws-sdk/client-elastic-beanstalk'
import { AwsRefusal } from './aws-refusal.ts'

/** The service as the SDK itself models it: each operation's input and output, read from the schemas that the SDK
 *  serialises by. So a request that the real service would not understand is refused here too. */
export type Shape =
  | { kind: 'string' | 'number' | 'boolean' | 'timestamp' }
  | { kind: 'list'; of: () => Shape }
  | { kind: 'structure'; members: Map<string, () => Shape>; required: string[] }

export type Operation = { input: Shape; output: Shape }
export type Value = string | number | boolean | Date | Value[] | { [name: string]: Value | undefined }
export type Structure = { [name: string]: Value | undefined }

/** null: the service has no such operation. */
export function operationOf(name: string): Operation | null {
  const schema: unknown = Object.entries(sdk).find(([key]) => key === `${name}$`)?.[1]
  if (!Array.isArray(schema) || schema[0] !== 9) return null
  return { input: shapeOf(schema[4]), output: shapeOf(schema[5]) }
}

/** @see "@smithy/types" schema: numbers are simple types (64 and more: a list of them), arrays begin with their kind */
function shapeOf(schema: unknown): Shape {
  const node: unknown = typeof schema === 'function' ? schema() : schema
  if (typeof node === 'number') return node >= 64 ? { kind: 'list', of: () => simple(node - 64) } : simple(node)
  if (!Array.isArray(node)) return { kind: 'structure', members: new Map(), required: [] }
  if (node[0] === 1) return { kind: 'list', of: () => shapeOf(node[4]) }
  if (node[0] === 0) return shapeOf(node[4])
  const names: string[] = node[4]
  const types: unknown[] = node[5]
  const members = new Map(names.map((name, index) => [name, () => shapeOf(types[index])]))
  return { kind: 'structure', members, required: names.slice(0, typeof node[6] === 'number' ? node[6] : 0) }
}

function simple(number: number): Shape {
  if (number === 1) return { kind: 'number' }
  if (number === 2) return { kind: 'boolean' }
  return { kind: number >= 4 && number <= 7 ? 'timestamp' : 'string' }
}

/** Reads a form-encoded request by the model. @throws AwsRefusal for what the model does not have */
export function decodeInput(shape: Shape, params: Map<string, string>): Structure {
  const left = new Map(params)
  const value = decode(shape, '', left)
  const [unknown] = left.keys()
  if (unknown !== undefined) throw new AwsRefusal(400, 'ValidationError', `Unknown parameter ${unknown}`)
  return isStructure(value) ? value : {}
}

function decode(shape: Shape, at: string, left: Map<string, string>): Value | undefined {
  switch (shape.kind) {
    case 'structure':
      return decodeStructure(shape, at, left)
    case 'list':
      return decodeList(shape, at, left)
    default:
      return decodeSimple(shape.kind, at, left)
  }
}

function decodeStructure(shape: Shape & { kind: 'structure' }, at: string, left: Map<string, string>) {
  const value: Structure = {}
  for (const [name, inner] of shape.members) {
    const path = at === '' ? name : `${at}.${name}`
    if (![...left.keys()].some((key) => key === path || key.startsWith(`${path}.`))) continue
    value[name] = decode(inner(), path, left)
  }
  const missing = shape.required.find((name) => value[name] === undefined)
  if (missing === undefined) return value
  throw new AwsRefusal(
    400,
    'ValidationError',
    `Value null at '${missing}' failed to satisfy constraint: must not be null`,
  )
}

function decodeList(shape: Shape & { kind: 'list' }, at: string, left: Map<string, string>): Value[] {
  const values: Value[] = []
  // an empty list comes as its bare name
  if (left.get(at) === '') left.delete(at)
  for (;;) {
    const path = `${at}.member.${values.length + 1}`
    if (![...left.keys()].some((key) => key === path || key.startsWith(`${path}.`))) return values
    values.push(decode(shape.of(), path, left) ?? '')
  }
}

function decodeSimple(kind: 'string' | 'number' | 'boolean' | 'timestamp', at: string, left: Map<string, string>) {
  const text = left.get(at) ?? ''
  left.delete(at)
  const wrong = () => new AwsRefusal(400, 'MalformedInput', `${at} is no ${kind}: ${text}`)
  if (kind === 'string') return text
  if (kind === 'boolean') {
    if (text !== 'true' && text !== 'false') throw wrong()
    return text === 'true'
  }
  const value = kind === 'number' ? Number(text) : Date.parse(text)
  if (Number.isNaN(value)) throw wrong()
  return kind === 'number' ? value : new Date(value)
}

/** An answer as XML, its members as the model has them. @throws for one that the model does not have */
export function encodeOutput(shape: Shape, value: Value): string {
  if (shape.kind === 'list') {
    if (!Array.isArray(value)) throw new Error('a list was expected')
    return value.map((one) => `<member>${encodeOutput(shape.of(), one)}</member>`).join('')
  }
  if (shape.kind !== 'structure') return escapeXml(value instanceof Date ? value.toISOString() : String(value))
  if (!isStructure(value)) throw new Error('a structure was expected')
  return Object.entries(value)
    .flatMap(([name, inner]) => {
      const member = shape.members.get(name)
      if (member === undefined) throw new Error(`the service model has no ${name}`)
      return inner === undefined ? [] : `<${name}>${encodeOutput(member(), inner)}</${name}>`
    })
    .join('')
}

export function isStructure(value: Value | undefined): value is Structure {
  return typeof value === 'object' && !Array.isArray(value) && !(value instanceof Date)
}

export function escapeXml(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
  return text.replace(/[&<>"]/g, (character) => entities[character] ?? character)
}
