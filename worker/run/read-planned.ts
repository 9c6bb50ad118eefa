import { restoreConfig } from '../../config/load.ts'
import type { Config, Repository, Trigger } from '../../config/schema.ts'
import type { RunPlan } from '../../job/run.ts'
import type { StoreWriter } from '../../job/store-port.ts'
import { ConfigSnapshotGone } from './config-snapshot-gone.ts'

/** What a run was planned with. */
export type Planned = { plan: RunPlan; config: Config; repository: Repository; trigger: Trigger }

/** Parsed configs that are kept at hand; most runs in the queue share one. */
const AT_HAND = 8

/** Reads what a run was planned with: its own config, not the one in force.
 *  @throws ConfigSnapshotGone, RunUnknown */
export function createReadPlanned(store: Pick<StoreWriter, 'plan' | 'config'>): (runId: string) => Planned {
  const atHand = new Map<string, Config>()

  function configOf(digest: string): Config {
    const known = atHand.get(digest)
    if (known) return known
    const json = store.config(digest)
    if (json === null) throw new ConfigSnapshotGone(digest)
    const config = restoreConfig(json)
    atHand.set(digest, config)
    for (const oldest of [...atHand.keys()].slice(0, -AT_HAND)) atHand.delete(oldest)
    return config
  }

  return (runId) => {
    const plan = store.plan(runId)
    const config = configOf(plan.config)
    const repository = config.repositories[plan.repositoryKey]
    const trigger = repository?.triggers[plan.triggerIndex]
    if (!repository || !trigger) throw new ConfigSnapshotGone(plan.config)
    return { plan, config, repository, trigger }
  }
}
