import { existsSync } from 'node:fs'
import { dataFolder } from '../../job/data-folder.ts'
import type { Run } from '../../job/run.ts'
import { readSitesState } from '../../job/sites-state.ts'
import { withStore } from '../store/open-store.ts'

/** A deploy can be rolled back to the one before. */
const DEPLOYS_KEPT = 2
const RUNS_READ = 100_000

/** Digests and ids of the images that are deployed (the last two of each target) or are, or lately were, a site. */
export async function imagesInUse(data: string): Promise<Set<string>> {
  const folder = dataFolder(data)
  const sites = readSitesState(folder.sitesState)?.sites ?? []
  const used = new Set(sites.flatMap(({ imageId, past }) => [imageId, ...past.map((one) => one.imageId)]))
  if (!existsSync(folder.store)) return used
  const runs = await withStore(data, (store) => store.runs({ limit: RUNS_READ }))
  for (const image of deployedImages(runs)) used.add(image)
  return used
}

/** Runs, newest first. */
export function deployedImages(runs: Run[]): Set<string> {
  const seen = new Map<string, number>()
  const used = new Set<string>()
  for (const run of runs) {
    for (const { name, action, state, outputs } of run.steps) {
      if ((action !== 'deploy' && action !== 'site') || state !== 'succeeded') continue
      const target = JSON.stringify([run.repository, run.trigger, name, outputs.address])
      const before = seen.get(target) ?? 0
      seen.set(target, before + 1)
      if (before < DEPLOYS_KEPT) for (const image of imagesOf(run)) used.add(image)
    }
  }
  return used
}

function imagesOf(run: Run): string[] {
  return run.steps.flatMap(({ outputs }) => [outputs.digest, outputs.imageId]).filter((id) => id !== null)
}
