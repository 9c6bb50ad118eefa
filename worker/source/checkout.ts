import type { Git } from './git.ts'
import { shortName } from './ref-name.ts'
import type { RemoteAccess } from './remote-access.ts'
import { LfsMissing } from './source-errors.ts'
import type { CloneTarget, Workspace } from './source-port.ts'
import { fetchSubmodules } from './submodules.ts'

type CommitFacts = Pick<Workspace, 'committedAt' | 'message' | 'author'>

export type Checkout = {
  /** empty folder of the unprivileged user */
  path: string
  mirror: string
  /** the mirror's name for the ref */
  copy: string
  ref: string
  commit: string
  target: CloneTarget
}

export type CheckoutWork = { git: Git; signal: AbortSignal; limitMs: number; access: RemoteAccess }

/** Checks one commit out. The folder gets a `.git` of its own, one commit deep: git works in it (and in a container
 *  that mounts nothing else), and nothing done to it can reach the mirror. HEAD is the branch, or detached
 *  at the tag. */
export async function checkOut(checkout: Checkout, work: CheckoutWork): Promise<CommitFacts> {
  const { path, target } = checkout
  const [facts] = await Promise.all([readFacts(checkout, work), makeWorktree(checkout, work)])
  if (target.submodules) await fetchSubmodules(path, target, work)
  if (target.lfs) await fetchLargeFiles(checkout, work)
  return facts
}

async function makeWorktree({ path, mirror, ref, copy, commit, target }: Checkout, work: CheckoutWork): Promise<void> {
  const { git, signal, limitMs } = work
  const run = (args: readonly [string, ...string[]]) => git({ args, cwd: path, signal, limitMs })
  const name = shortName(ref)
  const here = name === null ? 'refs/letterbox/checkout' : ref
  const wanted = name?.kind === 'tag' ? `+${copy}:${here}` : `+${commit}:${here}`
  const branch = name?.kind === 'branch' ? [`--initial-branch=${name.name}`] : []
  await run(['init', '--quiet', '--template=', ...branch])
  await run(['config', 'remote.origin.url', target.url])
  await git({
    args: ['fetch', '--quiet', '--depth=1', '--no-tags', '--update-head-ok', '--no-write-fetch-head', mirror, wanted],
    cwd: path,
    signal,
    limitMs,
    // the one hop on which git may read from a path: from our mirror into our workspace
    access: { protocols: ['file'], config: [], env: {}, secrets: [] },
  })
  if (name?.kind !== 'branch') await run(['update-ref', '--no-deref', 'HEAD', commit])
  await run(['reset', '--quiet', '--hard'])
}

async function readFacts({ mirror, commit }: Checkout, { git, signal, limitMs }: CheckoutWork): Promise<CommitFacts> {
  const args = ['log', '-1', '--no-use-mailmap', '--format=%ct%x00%an%x00%ae%x00%B', commit] as const
  const { stdout } = await git({ args, cwd: mirror, signal, limitMs })
  return parseFacts(stdout)
}

function parseFacts(text: string): CommitFacts {
  const [seconds = '', name = '', email = '', ...message] = text.split('\0')
  return {
    committedAt: timeOf(Number(seconds)),
    author: { name, email },
    message: message.join('').trimEnd().slice(0, MAX_MESSAGE),
  }
}

const MAX_MESSAGE = 65_536

/** A commit may bear any number as its time; what no calendar holds becomes the epoch. */
function timeOf(seconds: number): string {
  const date = new Date(seconds * 1000)
  return (Number.isNaN(date.getTime()) || date.getFullYear() > 9999 ? new Date(0) : date).toISOString()
}

async function fetchLargeFiles({ path, target }: Checkout, work: CheckoutWork): Promise<void> {
  const { git, signal, limitMs, access } = work
  const found = await git({ args: ['lfs', 'version'], cwd: path, signal, limitMs, answers: [0, 1] })
  if (found.exitCode !== 0) throw new LfsMissing()
  const config: [string, string][] = [
    ['filter.lfs.smudge', 'git-lfs smudge -- %f'],
    ['filter.lfs.process', 'git-lfs filter-process'],
    ['filter.lfs.required', 'true'],
    // .lfsconfig in the repository must not send us, and what we know, to another server
    ...(/^https?:/.test(target.url) ? ([['lfs.url', `${target.url}/info/lfs`]] as [string, string][]) : []),
  ]
  const all = { ...access, config: [...access.config, ...config] }
  await git({ args: ['lfs', 'pull', 'origin'], cwd: path, signal, limitMs, access: all })
}
