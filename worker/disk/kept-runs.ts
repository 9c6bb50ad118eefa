import type { Run } from '../../job/run.ts'

/** Why the images of a run stay on the engine, by run id: runs that are not named may lose theirs.
 *  - a run that is queued or running
 *  - the last `perBranch` runs of each branch and trigger; all tags of a trigger count as one branch
 *  - the last run of each trigger and branch that deployed or brought a site up
 *  Pure. `runs` are those that have images. */
export function keptRuns(runs: readonly Run[], perBranch: number): Map<string, string> {
  const kept = new Map<string, string>()
  const seen = new Map<string, number>()
  const deployed = new Set<string>()
  // ids are ULIDs of one clock: the newest is the last
  for (const run of [...runs].sort((a, b) => (a.id < b.id ? 1 : -1))) {
    const line = `${run.repository}\0${run.trigger}\0${run.tag === null ? (run.branch ?? '') : '\0tags'}`
    const before = seen.get(line) ?? 0
    seen.set(line, before + 1)
    if (run.finishedAt === null) kept.set(run.id, 'its run has not ended')
    else if (before < perBranch) kept.set(run.id, `one of the last ${perBranch} of ${run.branch ?? 'its tags'}`)
    else if (hasDeployed(run) && !deployed.has(line)) kept.set(run.id, 'it is deployed')
    if (hasDeployed(run)) deployed.add(line)
  }
  return kept
}

function hasDeployed({ steps }: Run): boolean {
  return steps.some(({ action, state }) => (action === 'deploy' || action === 'site') && state === 'succeeded')
}
