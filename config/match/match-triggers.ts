import type { Event } from '../../job/event.ts'
import { compileGlobList } from '../glob.ts'
import type { Repository, Trigger } from '../schema.ts'
import { skipsCi } from './skip-ci.ts'
import { triggerNames } from './trigger-names.ts'

export type Condition = {
  condition: 'event' | 'branches' | 'tags' | 'paths' | 'skip-ci'
  /** what the trigger asks for, in words */
  wanted: string
  /** what the event has, in words */
  value: string
  met: boolean
}
export type TriggerVerdict = { index: number; name: string; matches: boolean; conditions: Condition[] }

type GlobList = { text: string; matches(value: string): boolean }
type Compiled = {
  trigger: Trigger
  name: string
  branches: GlobList | null
  tags: GlobList | null
  paths: GlobList | null
}

/** Compiled once per repository entry: a reload brings new ones. */
const compiledTriggers = new WeakMap<Repository, Compiled[]>()

/** For each trigger of a repository whether the event starts it, and every condition that was asked, met or not. */
export function matchTriggers(repository: Repository, event: Event): TriggerVerdict[] {
  return triggersOf(repository).map((compiled, index) => {
    const conditions = conditionsOf(compiled, event)
    return { index, name: compiled.name, matches: conditions.every((condition) => condition.met), conditions }
  })
}

function conditionsOf(compiled: Compiled, event: Event): Condition[] {
  const conditions = [eventCondition(compiled.trigger, event)]
  if (compiled.branches) conditions.push(branchesCondition(compiled, compiled.branches, event))
  if (compiled.tags) conditions.push(tagsCondition(compiled, compiled.tags, event))
  if (compiled.paths) conditions.push(pathsCondition(compiled.paths, event.changedFiles))
  if (event.type === 'push' || event.type === 'pull_request') conditions.push(skipCondition(event))
  return conditions
}

/** What a person asks for runs the triggers of a push or of a tag, so that a run can be had without one. */
function eventCondition(trigger: Trigger, event: Event): Condition {
  const value = event.type === 'manual' ? `manual, of a ${event.tag === null ? 'branch' : 'tag'}` : event.type
  return { condition: 'event', wanted: trigger.on, value, met: startedBy(trigger, event) }
}

function startedBy(trigger: Trigger, event: Event): boolean {
  if (event.type !== 'manual') return trigger.on === event.type
  if (event.tag !== null) return trigger.on === 'tag' || (trigger.on === 'manual' && trigger.tags !== undefined)
  return trigger.on === 'push' || trigger.on === 'manual'
}

function branchesCondition(compiled: Compiled, branches: GlobList, event: Event): Condition {
  const met = event.branch === null ? isForTheOtherKind(compiled, event) : branches.matches(event.branch)
  return { condition: 'branches', wanted: branches.text, value: event.branch ?? 'no branch', met }
}

function tagsCondition(compiled: Compiled, tags: GlobList, event: Event): Condition {
  const met = event.tag === null ? isForTheOtherKind(compiled, event) : tags.matches(event.tag)
  return { condition: 'tags', wanted: tags.text, value: event.tag ?? 'no tag', met }
}

/** An `on: manual` trigger may name branches and tags; each list then judges its own kind of ref. */
function isForTheOtherKind({ trigger, branches, tags }: Compiled, event: Event): boolean {
  return trigger.on === 'manual' && event.type === 'manual' && branches !== null && tags !== null
}

function pathsCondition(paths: GlobList, changedFiles: string[] | null): Condition {
  const wanted = paths.text
  if (changedFiles === null) return { condition: 'paths', wanted, value: 'unknown, so every path', met: true }
  const selected = changedFiles.find((file) => paths.matches(file))
  const value = selected ?? describeFiles(changedFiles)
  return { condition: 'paths', wanted, value, met: selected !== undefined }
}

function describeFiles(files: string[]): string {
  if (files.length === 0) return 'no changed file'
  const more = files.length > 3 ? ` and ${files.length - 3} more` : ''
  return `${files.slice(0, 3).join(', ')}${more}`
}

function skipCondition(event: Event): Condition {
  const mark = skipsCi(event.message)
  return { condition: 'skip-ci', wanted: 'no [skip ci] in the message', value: mark ?? 'none', met: mark === null }
}

function triggersOf(repository: Repository): Compiled[] {
  const known = compiledTriggers.get(repository)
  if (known) return known
  const names = triggerNames(repository)
  const compiled = repository.triggers.map((trigger, index) => ({
    trigger,
    name: names[index] ?? trigger.on,
    branches: compileList(trigger.branches),
    tags: compileList(trigger.tags),
    paths: compileList(trigger.paths),
  }))
  compiledTriggers.set(repository, compiled)
  return compiled
}

/** The schema has refused bad globs; one that came past it selects nothing. */
function compileList(list: string[] | undefined): GlobList | null {
  if (list === undefined) return null
  const globs = compileGlobList(list)
  return { text: list.join(', '), matches: 'problem' in globs ? () => false : globs.matches }
}
