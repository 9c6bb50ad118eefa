import type { Event } from '../../job/event.ts'
import type { Config } from '../schema.ts'
import { findRepository } from './find-repository.ts'
import { matchTriggers, type TriggerVerdict } from './match-triggers.ts'

/** Which triggers the events of one delivery start, by name; when none, why. This is what the 202 answer says. */
export function startsOf(config: Config, events: readonly Event[]): { starts: string[]; because: string | null } {
  const starts = new Set<string>()
  const reasons = new Set<string>()
  for (const event of events) {
    const hostPath = `${event.repository.host}/${event.repository.path}`
    const found = findRepository(config, hostPath)
    const verdicts = found ? matchTriggers(found.repository, event) : []
    for (const verdict of verdicts) if (verdict.matches) starts.add(verdict.name)
    reasons.add(found ? whyNothing(hostPath, event, verdicts) : `${hostPath} has no entry in the config`)
  }
  if (starts.size > 0) return { starts: [...starts], because: null }
  return { starts: [], because: [...reasons].slice(0, 5).join('; ') || 'the delivery carries no event' }
}

/** Why none of a repository's triggers is started by an event: what those lacked that came nearest. */
export function whyNothing(hostPath: string, event: Event, verdicts: readonly TriggerVerdict[]): string {
  const ofThisEvent = verdicts.filter((verdict) =>
    verdict.conditions.some((one) => one.condition === 'event' && one.met),
  )
  if (ofThisEvent.length === 0) return `no trigger of ${hostPath} is on ${event.type}`
  const unmet = ofThisEvent.map((verdict) => verdict.conditions.filter((one) => !one.met))
  const fewest = Math.min(...unmet.map((conditions) => conditions.length))
  const nearest = unmet.filter((conditions) => conditions.length === fewest).flat()
  const skip = nearest.find((one) => one.condition === 'skip-ci')
  if (skip && fewest === 1) return `the commit message of ${refOf(event)} has ${skip.value}`
  const paths = nearest.find((one) => one.condition === 'paths')
  if (paths && fewest === 1) return `${refOf(event)} changed nothing in ${paths.wanted}: ${paths.value}`
  return `no trigger of ${hostPath} on ${event.type} matches ${refOf(event)}`
}

function refOf(event: Event): string {
  if (event.tag !== null) return `tag ${event.tag}`
  return event.branch === null ? 'the event' : `branch ${event.branch}`
}
