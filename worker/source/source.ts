import { readdir, rm, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import type { DataFolder } from '../../job/data-folder.ts'
import { failpoint } from '../../job/failpoint.ts'
import type { StepIO } from '../engines/engine.ts'
import type { UnprivilegedUser } from '../host-user/unprivileged-user.ts'
import { createLocks } from '../locks.ts'
import { checkOut } from './checkout.ts'
import { gitHome, prepareFolders } from './folders.ts'
import { createGit, GitTroubled } from './git.ts'
import { checkGitVersion } from './git-version.ts'
import { compareCommits, fetchRef, mirrorName, openMirror, proveCommit, tidyMirror } from './mirror.ts'
import { checkRefName } from './ref-name.ts'
import { openAccess, type RemoteAccess } from './remote-access.ts'
import { askRemote } from './remote-commit.ts'
import { remoteError } from './remote-error.ts'
import type { CloneTarget, Fetched, Source, SourceRequest } from './source-port.ts'
import { createWorkspaces } from './workspaces.ts'

export type SourceDeps = {
  folder: DataFolder
  /** from ensureUser: git runs as this account */
  user: UnprivilegedUser
  /** of the worker; git sees only what names proxies and certificates */
  environment?: Record<string, string | undefined>
  limits?: { fetchMs: number; askMs: number }
}

const DEFAULT_LIMITS = { fetchMs: 30 * 60_000, askMs: 60_000 }

/** With what the disk governor needs. */
export type GitSource = Source & {
  /** Removes a mirror; the next fetch makes it anew. False: it is in use. */
  removeMirror(name: string): Promise<boolean>
}

/** A mirror that is in use is not waited for. */
const MIRROR_FREE_MS = 100

/** The one place that reads from remotes. Mirrors and workspaces live below `work/`; one fetch at a time per mirror. */
export function createSource(deps: SourceDeps): GitSource {
  const { folder, user, limits = DEFAULT_LIMITS } = deps
  const git = createGit({
    account: user.separate ? user : null,
    home: gitHome(folder),
    environment: deps.environment ?? {},
  })
  const workspaces = createWorkspaces(folder.workspaces, user)
  const inTurn = createLocks()
  const opened = new Set<RemoteAccess>()
  const ready = once(async () => {
    await prepareFolders(folder, user)
    await checkGitVersion(git, gitHome(folder))
  })

  return {
    async fetch(request, io) {
      checkRefName(request.ref)
      await ready()
      const path = join(folder.mirrors, mirrorName(request.target))
      return inTurn(path, io.signal, () =>
        withAccess(request.target, (access) => fetchTwice(path, request, access, io)),
      )
    },
    async remoteCommit(target, ref, signal) {
      checkRefName(ref)
      await ready()
      return withAccess(target, (access) =>
        askRemote(target, ref, { git, access, cwd: gitHome(folder), signal, limitMs: limits.askMs }),
      )
    },
    async isAncestor(target, commits, signal) {
      await ready()
      const path = join(folder.mirrors, mirrorName(target))
      return inTurn(path, signal, () => compareTwice(path, target, commits, signal))
    },
    async sweep(livingRuns) {
      await ready()
      await workspaces.sweep(livingRuns)
      await sweepKeys()
    },
    async removeMirror(name) {
      const path = join(folder.mirrors, name)
      const patience = AbortSignal.timeout(MIRROR_FREE_MS)
      try {
        await inTurn(path, patience, () => rm(path, { recursive: true, force: true, maxRetries: 3 }))
        return true
      } catch (error) {
        if (error === patience.reason) return false
        throw error
      }
    },
  }

  /** Opens the way to the remote, and turns what git says there into the errors of the port. */
  async function withAccess<T>(target: CloneTarget, work: (access: RemoteAccess) => Promise<T>): Promise<T> {
    const access = await openAccess(target, folder.keys, user)
    opened.add(access)
    try {
      return await work(access)
    } catch (error) {
      throw remoteError(error, target.url)
    } finally {
      await access.close()
      opened.delete(access)
    }
  }

  /** Keys of an earlier life; those in use are left alone. */
  async function sweepKeys(): Promise<void> {
    if (opened.size > 0) return
    const left = await readdir(folder.keys)
    await Promise.all(left.map((name) => rm(join(folder.keys, name), { recursive: true, force: true })))
  }

  /** A worker that was killed leaves lock files and torn packs in a mirror: then it is made anew, once. */
  async function fetchTwice(path: string, request: SourceRequest, access: RemoteAccess, io: StepIO): Promise<Fetched> {
    const work = { git, signal: io.signal, limitMs: limits.fetchMs }
    const mirror = await openMirror(path, user, work)
    // by this the governor knows which mirror was not used for longest
    await utimes(path, new Date(), new Date())
    try {
      return await fetchOnce(path, request, access, io)
    } catch (error) {
      if (mirror.fresh || !(error instanceof GitTroubled) || error.trouble !== 'local') throw error
      io.say(`the mirror of ${request.target.repository} is damaged and is fetched anew (${error.said})`)
      await rm(path, { recursive: true, force: true })
      await openMirror(path, user, work)
      return fetchOnce(path, request, access, io)
    }
  }

  /** A mirror that was made anew lacks what other refs hold: then the commits are asked for by their ids. */
  async function compareTwice(
    path: string,
    target: CloneTarget,
    commits: { older: string; newer: string },
    signal: AbortSignal,
  ): Promise<boolean | null> {
    const work = { git, signal, limitMs: limits.fetchMs }
    await openMirror(path, user, work)
    const known = await compareCommits(path, commits, work)
    if (known !== null) return known
    await withAccess(target, async (access) => {
      for (const commit of [commits.older, commits.newer])
        await fetchRef(path, target, commit, access, work).catch((error: unknown) => {
          if (!isUnknownCommit(error)) throw error
        })
    })
    return compareCommits(path, commits, work)
  }

  async function fetchOnce(path: string, request: SourceRequest, access: RemoteAccess, io: StepIO): Promise<Fetched> {
    const { ref, target } = request
    const work = { git, signal: io.signal, limitMs: limits.fetchMs }
    const startedAt = performance.now()
    const fetched = await fetchRef(path, target, ref, access, work)
    if (fetched === 'gone') return { kind: 'gone', reason: `${target.repository} no longer has ${ref}` }
    const commit = await proveCommit(path, { ref, copy: fetched.copy, commit: request.commit }, work)
    failpoint('source-fetched')
    const workspace = await workspaces.make(request.run)
    try {
      const checkout = { path: workspace.path, mirror: path, copy: fetched.copy, ref, commit, target }
      const facts = await checkOut(checkout, { ...work, access })
      failpoint('checked-out')
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
      io.say(`checked out ${commit} of ${target.repository}, ${ref}, in ${seconds} s`)
      await tidyMirror(path, work, io.say)
      return { kind: 'workspace', workspace: { ...facts, commit, path: workspace.path, remove: workspace.remove } }
    } catch (error) {
      await workspace.remove()
      throw error
    }
  }
}

/** A remote that no longer has the commit, or gives none by their id. */
function isUnknownCommit(error: unknown): boolean {
  return error instanceof GitTroubled && /not our ref|unadvertised object|couldn't find remote ref/i.test(error.said)
}

/** Does something once; when it failed, the next caller tries again. */
function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | null = null
  return async () => {
    done ??= work()
    try {
      await done
    } catch (error) {
      done = null
      throw error
    }
  }
}
