import { existsSync, lstatSync, rmdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { MANIFEST, type Made, readManifest, writeManifest } from './manifest.ts'
import { DATA, ETC, PROXY } from './server-files.ts'

export type TakenBack = { made: Made; done: 'removed' | 'kept' | 'gone' }

/** Takes back what setup has made, last first. Data, config, secrets and certificates stay unless told otherwise: what
 *  they hold cannot be made again. */
export async function takeBack(options: { root: string; dataToo: boolean; dryRun: boolean }): Promise<TakenBack[]> {
  const { root, dataToo, dryRun } = options
  const all = readManifest(root)
  // it stands in a folder that is to go
  if (!dryRun) rmSync(join(root, MANIFEST), { force: true })
  const taken: TakenBack[] = []
  for (const made of all.toReversed()) {
    if (!dataToo && isData(made)) taken.push({ made, done: 'kept' })
    else taken.push({ made, done: dryRun ? 'removed' : await remove(made, root) })
  }
  if (!dryRun && !dataToo) remember(root, taken)
  return taken
}

/** What is kept is still setup's, for a later uninstall with the data. */
function remember(root: string, taken: TakenBack[]): void {
  const kept = taken.filter(({ made, done }) => done === 'kept' && isData(made)).map(({ made }) => made)
  if (kept.length > 0) writeManifest(root, kept.reverse())
}

/** The web program's group owns files of the data. */
function isData({ kind, name }: Made): boolean {
  return kind === 'group' || [ETC, DATA, PROXY].some((folder) => name === folder || name.startsWith(`${folder}/`))
}

async function remove({ kind, name }: Made, root: string): Promise<TakenBack['done']> {
  if (kind === 'group') return await runQuietly(['groupdel', ...prefixed(root), name])
  if (kind === 'user') {
    const done = await runQuietly(['userdel', ...prefixed(root), name])
    await runQuietly(['groupdel', ...prefixed(root), name]) // where userdel did not take it along
    return done
  }
  const path = join(root, name)
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return 'gone'
  if (kind === 'folder' && name !== PROXY) return removeIfEmpty(path)
  rmSync(path, { recursive: kind !== 'file' && kind !== 'link', force: true })
  return 'removed'
}

/** Somebody else may have put something there. */
function removeIfEmpty(path: string): TakenBack['done'] {
  if (!existsSync(path)) return 'gone'
  try {
    rmdirSync(path)
    return 'removed'
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOTEMPTY') return 'kept'
    throw error
  }
}

async function runQuietly([program = '', ...args]: string[]): Promise<TakenBack['done']> {
  const env = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' }
  const { failed } = await execa(program, args, { env, extendEnv: false, stdin: 'ignore', reject: false })
  return failed ? 'kept' : 'removed'
}

function prefixed(root: string): string[] {
  return root === '/' ? [] : ['--prefix', root]
}
