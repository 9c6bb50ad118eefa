import type { EventType } from '../../../job/event.ts'
import type { Problem } from '../problem.ts'
import { child, type Tree, text } from '../source-tree.ts'
import { eachTrigger } from './each-trigger.ts'

type Conditions = { branches?: string; tags?: string; paths?: string }

const NEVER_A_TAG = 'never has a tag, so this trigger can never start'
const NEVER_A_BRANCH = 'has no branch, so this trigger can never start'
const NO_PATHS = 'does not say which files changed, so this is always met'

/** What an event never has. `manual` may have either. */
const USELESS: Record<EventType, Conditions> = {
  push: { tags: NEVER_A_TAG },
  tag: { branches: NEVER_A_BRANCH, paths: NO_PATHS },
  branch_deleted: { tags: NEVER_A_TAG, paths: NO_PATHS },
  tag_deleted: { branches: NEVER_A_BRANCH, paths: NO_PATHS },
  pull_request: { tags: NEVER_A_TAG },
  pull_request_closed: { tags: NEVER_A_TAG, paths: NO_PATHS },
  release: { branches: NEVER_A_BRANCH, paths: NO_PATHS },
  manual: { paths: NO_PATHS },
  schedule: { tags: NEVER_A_TAG, paths: NO_PATHS },
}

/** Names are unique in a repository, and every condition can make a difference. */
export function checkTriggers(root: Tree): Problem[] {
  const names = new Map<Tree, Set<string>>()
  return eachTrigger(root).flatMap(({ repository, trigger, path }) => {
    const taken = names.get(repository) ?? new Set()
    names.set(repository, taken)
    return [...takenName(trigger, path, taken), ...uselessConditions(trigger, path)]
  })
}

function takenName(trigger: Tree, path: Problem['path'], taken: Set<string>): Problem[] {
  const tree = child(trigger, 'name')
  const name = text(tree)
  if (tree === null || name === null) return []
  if (!taken.has(name)) {
    taken.add(name)
    return []
  }
  const message = `another trigger of this repository is called "${name}"`
  return [{ code: 'DUPLICATE_TRIGGER_NAME', path: [...path, 'name'], span: tree.span, message }]
}

function uselessConditions(trigger: Tree, path: Problem['path']): Problem[] {
  const on = text(child(trigger, 'on')) ?? ''
  if (trigger.kind !== 'map' || !isEventType(on)) return []
  return Object.entries(USELESS[on]).flatMap(([condition, reason]): Problem[] => {
    const span = trigger.entries.get(condition)?.keySpan
    if (span === undefined) return []
    const message = `${condition}: the event ${on} ${reason}`
    return [{ code: 'USELESS_CONDITION', severity: 'warning', path: [...path, condition], span, message }]
  })
}

function isEventType(text: string): text is EventType {
  return Object.hasOwn(USELESS, text)
}
