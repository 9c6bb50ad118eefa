import type { Repository, Trigger } from '../schema.ts'

const MAX_LENGTH = 100

/** The names of a repository's triggers, in their order: `name`, else made of `on` and its globs (`push master`).
 *  Unique within the repository; a name that the operator gave is never changed. */
export function triggerNames(repository: Repository): string[] {
  const taken = new Set(repository.triggers.flatMap((trigger) => trigger.name ?? []))
  return repository.triggers.map((trigger) => {
    if (trigger.name !== undefined) return trigger.name
    const name = firstFree(defaultName(trigger), taken)
    taken.add(name)
    return name
  })
}

function defaultName(trigger: Trigger): string {
  const globs = [...(trigger.branches ?? []), ...(trigger.tags ?? [])]
  const name = globs.length === 0 ? trigger.on : `${trigger.on} ${globs.join(', ')}`
  return name.length <= MAX_LENGTH ? name : `${name.slice(0, MAX_LENGTH - 1)}…`
}

function firstFree(name: string, taken: Set<string>): string {
  for (let number = 1; ; number += 1) {
    const candidate = number === 1 ? name : `${name} (${number})`
    if (!taken.has(candidate)) return candidate
  }
}
