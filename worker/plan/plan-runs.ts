import { findRepository, matchTriggers, startsOf } from '../../config/match.ts'
import type { Config } from '../../config/schema.ts'
import type { Event } from '../../job/event.ts'
import type { RunPlan } from '../../job/run.ts'
import type { NewRun } from '../../job/store-port.ts'

type Active = { config: Config; digest: string }

/** A run before it has an id. */
export type PlannedRun = Omit<NewRun, 'id'>

/** What the events of one job file start. `because` says why nothing starts, in the words of the webhook's answer. */
export type Plan = { runs: PlannedRun[]; because: string | null }

/** Holds events against the config: every trigger that matches becomes a run of its own, in the order of the events
 *  and then of the config. `source` says how a person or the clock asked. Pure. `config.digest` names the snapshot that the runs keep. */
export function planRuns(events: Event[], active: Active, source?: RunPlan['source']): Plan {
  const runs = events.flatMap((event) => runsOf(event, active, source))
  return { runs, because: runs.length > 0 ? null : startsOf(active.config, events).because }
}

function runsOf(event: Event, active: Active, source: RunPlan['source']): PlannedRun[] {
  const path = `${event.repository.host}/${event.repository.path}`
  const found = findRepository(active.config, path)
  if (!found) return []
  return matchTriggers(found.repository, event)
    .filter((verdict) => verdict.matches)
    .map((verdict) => ({
      plan: {
        config: active.digest,
        repositoryKey: found.key,
        triggerIndex: verdict.index,
        event,
        ...(source && { source }),
      },
      repository: path,
      trigger: verdict.name,
      attempt: 1,
      steps: (found.repository.triggers[verdict.index]?.steps ?? []).map(({ action, name }) => ({ action, name })),
    }))
}
