import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Done, make } from './make.ts'
import { MANIFEST, type Made, readManifest, writeManifest } from './manifest.ts'
import type { Wanted } from './wanted.ts'

export type SetupStep = { wanted: Wanted; done: Done }

/** Makes what is wanted, one after the other, and keeps record of what was not there before. */
export async function carryOutSetup(plan: Wanted[], root: string, dryRun: boolean): Promise<SetupStep[]> {
  const steps: SetupStep[] = []
  const made = readManifest(root)
  for (const wanted of plan) {
    const done = await make(wanted, root, dryRun)
    steps.push({ wanted, done })
    if (done !== 'made' || dryRun) continue
    made.push(madeOf(wanted))
    // its folder is one of the first things that are made
    if (existsSync(dirname(join(root, MANIFEST)))) writeManifest(root, made)
  }
  return steps
}

function madeOf(wanted: Wanted): Made {
  const { kind } = wanted
  if (kind === 'group' || kind === 'user') return { kind, name: wanted.name }
  return { kind, name: kind === 'program' ? wanted.makes : wanted.path }
}
