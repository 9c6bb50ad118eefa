import type { Event } from '../../job/event.ts'
import type { StepIO } from '../engines/engine.ts'

/** A checkout of one commit, owned by the unprivileged user. */
export type Workspace = {
  path: string
  commit: string
  /** ISO 8601, of the commit */
  committedAt: string
  /** of the commit; used where the event does not say */
  message: string
  author: { name: string; email: string }
  remove(): Promise<void>
}

/** Where and how to clone: from the config alone, never from a payload. */
export type CloneTarget = {
  /** names the mirror: `host/path` */
  repository: string
  url: string
  /** for https: sent as basic auth, never in an argument or a URL */
  token: string | null
  /** user name that goes with the token; default `x-access-token` (GitHub's). A token `user:password` brings its own. */
  tokenUser?: string
  /** PEM of the private key */
  sshKey: string | null
  /** known_hosts lines; ssh refuses any other host key */
  hostKeys: string[]
  submodules: boolean
  /** origins (`https://github.com`) that submodules may come from beside the target's own; default none */
  submoduleOrigins?: string[]
  lfs: boolean
}

export type SourceRequest = {
  run: string
  target: CloneTarget
  /** full ref */
  ref: string
  /** null: whatever the remote says the ref is now */
  commit: string | null
}

/** `gone`: the remote no longer has the ref, so there is nothing to do. */
export type Fetched = { kind: 'workspace'; workspace: Workspace } | { kind: 'gone'; reason: string }

export type Source = {
  /** Asks the remote for exactly this ref, proves that it holds the commit, and checks it out into a fresh folder.
   *  @throws CommitNotInRef (`theirs`), RemoteUnavailable (`ours`), RemoteRefused (`theirs`: login, missing repository) */
  fetch(request: SourceRequest, io: StepIO): Promise<Fetched>
  /** What the remote says of a ref; null when it has none. For deletions and `trigger`. */
  remoteCommit(target: CloneTarget, ref: string, signal: AbortSignal): Promise<string | null>
  /** Whether one commit is an ancestor of another. Asks the mirror, and the remote for a commit that it does not have;
   *  null: one of them is nowhere. */
  isAncestor(
    target: CloneTarget,
    commits: { older: string; newer: string },
    signal: AbortSignal,
  ): Promise<boolean | null>
  /** Removes workspaces of runs that are not living: left by a killed worker. */
  sweep(livingRuns: string[]): Promise<void>
}

/** The facts of the run that may appear in templates and in the environment of tests and scripts. */
export type RunFacts = {
  run: { id: string; number: number }
  event: Event
  commit: string | null
  workspace: Workspace | null
}
