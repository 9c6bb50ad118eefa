import { createHash } from 'node:crypto'
import { chown, mkdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Git } from './git.ts'
import { GitTroubled } from './git.ts'
import type { RemoteAccess } from './remote-access.ts'
import { CommitNotInRef, RefHoldsNoCommit } from './source-errors.ts'
import type { CloneTarget } from './source-port.ts'

export type Mirror = {
  path: string
  /** made just now, so nothing in it can be old or damaged */
  fresh: boolean
}

/** Who works on a mirror, and how long it may take. */
export type MirrorWork = { git: Git; signal: AbortSignal; limitMs: number }

/** A folder name that tells people what is inside, and is different for every repository and address. */
export function mirrorName(target: CloneTarget): string {
  const readable = target.repository.replace(/[^A-Za-z0-9.-]+/g, '_').replace(/^[.-]+/, '')
  return `${readable.slice(-80)}-${digest(`${target.repository}\n${target.url}`).slice(0, 16)}.git`
}

/** Opens the bare mirror, or makes an empty one. It has no hooks, and hands out any commit to our own checkout. */
export async function openMirror(
  path: string,
  owner: { uid: number; gid: number; separate: boolean },
  { git, signal, limitMs }: MirrorWork,
): Promise<Mirror> {
  if (await exists(join(path, 'HEAD'))) return { path, fresh: false }
  await rm(path, { recursive: true, force: true })
  await mkdir(path, { mode: 0o700 })
  if (owner.separate) await chown(path, owner.uid, owner.gid)
  await git({ args: ['init', '--quiet', '--bare', '--template='], cwd: path, signal, limitMs })
  await git({ args: ['config', 'uploadpack.allowAnySHA1InWant', 'true'], cwd: path, signal, limitMs })
  return { path, fresh: true }
}

/** Brings exactly one ref into the mirror, whatever it was there before. `gone`: the remote has no such ref.
 *  The copy has a hashed name: `a` may become `a/b` at the remote, and no odd name meets the file system. */
export async function fetchRef(
  mirror: string,
  target: CloneTarget,
  ref: string,
  access: RemoteAccess,
  { git, signal, limitMs }: MirrorWork,
): Promise<{ copy: string } | 'gone'> {
  const copy = `refs/letterbox/${digest(ref)}`
  const quietly = ['--quiet', '--no-tags', '--no-recurse-submodules', '--no-write-fetch-head', '--no-auto-maintenance']
  try {
    const args = ['fetch', ...quietly, '--force', '--', target.url, `+${ref}:${copy}`] as const
    await git({ args, cwd: mirror, signal, limitMs, access })
    return { copy }
  } catch (error) {
    if (!(error instanceof GitTroubled) || error.trouble !== 'ref-gone') throw error
    await git({ args: ['update-ref', '-d', copy], cwd: mirror, signal, limitMs })
    return 'gone'
  }
}

/** The commit to run: the event's, once it is proven that the ref holds it; without one, what the ref is now.
 *  A branch holds its tip and all before it. A tag holds one commit, named by itself or by the tag object: a tag
 *  that was moved has a run of its own, and the old delivery must not deploy.
 *  @throws CommitNotInRef, RefHoldsNoCommit */
export async function proveCommit(
  mirror: string,
  wanted: { ref: string; copy: string; commit: string | null },
  { git, signal, limitMs }: MirrorWork,
): Promise<string> {
  const ask = (args: readonly [string, ...string[]], answers?: number[]) =>
    git({ args, cwd: mirror, signal, limitMs, ...(answers && { answers }) })
  const { object, tip } = await resolve(wanted.copy, ask)
  if (tip === null) throw new RefHoldsNoCommit(wanted.ref)
  const { commit } = wanted
  if (commit === null || commit === tip || commit === object) return tip
  if (!wanted.ref.startsWith('refs/tags/') && (await isAncestor(commit, tip, ask))) return commit
  throw new CommitNotInRef(wanted.ref, commit, tip)
}

/** Whether one commit is an ancestor of another; null: the mirror does not have both. */
export async function compareCommits(
  mirror: string,
  { older, newer }: { older: string; newer: string },
  { git, signal, limitMs }: MirrorWork,
): Promise<boolean | null> {
  const ask: Ask = (args, answers) => git({ args, cwd: mirror, signal, limitMs, ...(answers && { answers }) })
  if (!(await hasCommit(older, ask)) || !(await hasCommit(newer, ask))) return null
  return isAncestor(older, newer, ask)
}

type Ask = (args: readonly [string, ...string[]], answers?: number[]) => ReturnType<Git>

/** What a ref holds, and the commit that it names in the end: null for a tag of a file or a folder. */
async function resolve(ref: string, ask: Ask): Promise<{ object: string; tip: string | null }> {
  const format = '--format=%(objectname) %(objecttype) %(*objectname) %(*objecttype)'
  const { stdout } = await ask(['for-each-ref', format, ref])
  const [object = '', type, inner = '', innerType] = stdout.trim().split(' ')
  if (type === 'commit') return { object, tip: object }
  if (innerType === 'commit') return { object, tip: inner }
  if (innerType !== 'tag') return { object, tip: null }
  // a tag of a tag
  const peeled = await ask(['rev-parse', '--verify', '--quiet', `${ref}^{commit}`], [0, 1])
  return { object, tip: peeled.exitCode === 0 ? peeled.stdout.trim() : null }
}

async function isAncestor(commit: string, tip: string, ask: Ask): Promise<boolean> {
  if (!(await hasCommit(commit, ask))) return false
  return (await ask(['merge-base', '--is-ancestor', commit, tip], [0, 1])).exitCode === 0
}

async function hasCommit(commit: string, ask: Ask): Promise<boolean> {
  return (await ask(['cat-file', '-e', `${commit}^{commit}`], [0, 1, 128])).exitCode === 0
}

/** Packs the mirror when many small fetches have piled up: usually nothing, so it may stand in a run's way.
 *  Forced-away commits go with it two weeks later. Trouble here ends no run. @see git-gc(1) "--auto" */
export async function tidyMirror(mirror: string, work: MirrorWork, say: (line: string) => void): Promise<void> {
  const config: [string, string][] = [
    ['gc.auto', '2000'],
    ['gc.autoPackLimit', '30'],
    ['gc.autoDetach', 'false'],
  ]
  const access = { protocols: [], config, env: {}, secrets: [] }
  try {
    const { git, signal, limitMs } = work
    await git({ args: ['gc', '--auto', '--quiet'], cwd: mirror, signal, limitMs, access })
  } catch (error) {
    if (!(error instanceof GitTroubled)) throw error
    say(`the mirror could not be packed: ${error.said}`)
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null)) !== null
}
