import { findRepository, matchTriggers, startsOf, type TriggerVerdict } from '../../config/match.ts'
import type { Config } from '../../config/schema.ts'
import type { Event } from '../../job/event.ts'

/** What the config makes of one event: the very code that the worker plans with. */
export type Explanation = {
  event: Event
  /** key in `repositories`; null when no entry is meant */
  key: string | null
  triggers: (TriggerVerdict & { steps: { action: string; name: string }[] })[]
  /** names of the triggers that start a run */
  starts: string[]
  /** why nothing starts */
  because: string | null
}

export function explainEvent(config: Config, event: Event): Explanation {
  const { starts, because } = startsOf(config, [event])
  const found = findRepository(config, `${event.repository.host}/${event.repository.path}`)
  if (found === null) return { event, key: null, triggers: [], starts, because }
  const triggers = matchTriggers(found.repository, event).map((verdict) => {
    const steps = found.repository.triggers[verdict.index]?.steps ?? []
    return { ...verdict, steps: steps.map(({ action, name }) => ({ action, name })) }
  })
  return { event, key: found.key, triggers, starts, because }
}
