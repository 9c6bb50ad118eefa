import { builtinModules } from 'node:module'
import { posix } from 'node:path'
import { type Import, importsOf } from './imports-of.ts'

/** Path from the project's root → source text. */
export type Sources = Map<string, string>

type Room = {
  /** what of our own it may import, beside itself */
  may: RegExp
  /** libraries and parts of Node.js that it may not */
  never?: RegExp
}

const INTAKE = 'forge/[^/]+/intake\\.ts$'

/** The table of docs/design.md, "The rooms". */
const ROOMS: Record<string, Room> = {
  job: { may: /^$/ },
  forge: { may: /^job\// },
  config: { may: /^job\// },
  webhook: {
    may: new RegExp(`^(?:config/|job/|${INTAKE})`),
    never: /^(?:dockerode|docker-modem|nodemailer|@aws-sdk\/.*|@smithy\/.*|execa|node:child_process)$/,
  },
  worker: { may: /^(?:config|job|forge)\//, never: /^(?:koa|koa-.*|@koa\/.*)$/ },
  cli: { may: new RegExp(`^(?:config/|job/|${INTAKE}|webhook/main\\.ts$|worker/main\\.ts$)`) },
  bin: { may: /^cli\/main\.ts$/ },
  test: { may: /./ },
  bench: { may: /^(?!test\/.*\.test\.ts)/ },
}

/** What a pure room may run: its own files, the hatch's words, matching; of Node.js only what computes. */
const PURE = 'worker/plan/'
const PURE_MAY = /^(?:worker\/plan\/|job\/|config\/match(?:\.ts$|\/))/
const COMPUTES = /^node:(?:assert|buffer|crypto|path|querystring|string_decoder|url|util)(?:\/|$)/

/** Every import that the table forbids, as `file:line  why`. Files of an unknown room are told too. */
export function violations(sources: Sources): string[] {
  const graph = new Map([...sources].map(([file, source]) => [file, importsOf(file, source)]))
  return [...graph].flatMap(([file, imports]) => {
    const room = roomOf(file)
    const rules = ROOMS[room]
    if (rules === undefined) return [`${file}:1  ${room} is no room of the table`]
    const told = imports.flatMap((one) => forbidden(file, room, rules, one).map((why) => `${file}:${one.line}  ${why}`))
    return file.startsWith(PURE) ? [...told, ...impurities(file, graph)] : told
  })
}

function forbidden(file: string, room: string, rules: Room, one: Import): string[] {
  if (one.specifier === null) return room === 'test' ? [] : ['imports something computed, which nobody can check']
  const target = targetOf(file, one.specifier)
  if (target.kind === 'library') return rules.never?.test(target.name) ? [`${room} may not import ${target.name}`] : []
  if (target.path.startsWith('../')) return [`imports ${target.path}, outside the project`]
  const inside = roomOf(target.path) === room || target.path === 'package.json'
  return inside || rules.may.test(target.path) ? [] : [`${room} may not import ${target.path}`]
}

/** Follows what a pure file runs, through all that it imports. */
function impurities(file: string, graph: Map<string, Import[]>): string[] {
  const told: string[] = []
  const seen = new Set<string>()
  const follow = (at: string, way: string[]): void => {
    if (seen.has(at)) return
    seen.add(at)
    for (const one of graph.get(at) ?? []) {
      if (one.typeOnly || one.specifier === null) continue
      const target = targetOf(at, one.specifier)
      const place = `${at}:${one.line}`
      if (target.kind === 'library') {
        if (target.name.startsWith('node:') && !COMPUTES.test(target.name)) {
          told.push(`${place}  ${PURE} is pure, and ${[...way, target.name].join(' → ')} is not`)
        }
      } else if (at === file && !PURE_MAY.test(target.path))
        told.push(`${place}  ${PURE} may take only types from ${target.path}`)
      else follow(target.path, [...way, target.path])
    }
  }
  follow(file, [file])
  return told
}

function targetOf(file: string, specifier: string): { kind: 'library'; name: string } | { kind: 'own'; path: string } {
  if (specifier.startsWith('.'))
    return { kind: 'own', path: posix.normalize(posix.join(posix.dirname(file), specifier)) }
  if (/^(?:file:|\/)/.test(specifier)) return { kind: 'own', path: `../${specifier}` }
  const parts = specifier.split('/')
  const name = specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? specifier)
  if (specifier.startsWith('node:')) return { kind: 'library', name: specifier }
  return { kind: 'library', name: builtinModules.includes(name) ? `node:${specifier}` : name }
}

function roomOf(file: string): string {
  return file.includes('/') ? (file.split('/')[0] ?? '') : 'the root'
}
