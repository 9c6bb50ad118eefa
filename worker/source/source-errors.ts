import { LetterboxError } from '../../job/letterbox-error.ts'

/** The remote does not answer, answers 5xx or 429, breaks off, or cannot prove who it is by TLS. Worth a retry. */
export class RemoteUnavailable extends LetterboxError {
  readonly code = 'REMOTE_UNAVAILABLE'
  readonly fault = 'ours'
  constructor(url: string, said: string) {
    super(`${url} cannot be reached: ${said}`, {
      hint: 'Is the forge up, and may this host reach it (DNS, firewall, proxy, certificates)? It is tried again.',
    })
  }
}

/** The remote answers, and says no: login, permission, missing repository, a redirection. */
export class RemoteRefused extends LetterboxError {
  readonly code = 'REMOTE_REFUSED'
  readonly fault = 'theirs'
  constructor(url: string, said: string) {
    super(`${url} refused: ${said}`, {
      hint:
        'Does the repository exist under this name, and may the token (forges.<host>.token) or key (sshKey) read it? ' +
        'Forges say "not found" also for private repositories, and answer with a redirection after a rename.',
    })
  }
}

/** The ssh server's host key is not the pinned one. */
export class HostKeyRejected extends LetterboxError {
  readonly code = 'HOST_KEY_REJECTED'
  readonly fault = 'theirs'
  constructor(url: string) {
    super(`the host key of ${url} is not the one that is pinned: nothing was sent`, {
      hint:
        'Either somebody stands between this host and the forge, or the forge has a new key. Compare with what the ' +
        'forge publishes, then put the line of ssh-keyscan into forges.<host>.hostKeys.',
    })
  }
}

/** The ref at the remote does not hold the commit of the event. */
export class CommitNotInRef extends LetterboxError {
  readonly code = 'COMMIT_NOT_IN_REF'
  readonly fault = 'theirs'
  constructor(ref: string, commit: string, now: string) {
    super(`${ref} at the remote is now ${now}; the commit ${commit} is not in it`, {
      hint: 'The ref was moved after the push (force push, new tag), or the delivery lies. The newer push has its own run.',
    })
  }
}

/** The ref names something that is no commit (a tag of a file or a folder). */
export class RefHoldsNoCommit extends LetterboxError {
  readonly code = 'REF_HOLDS_NO_COMMIT'
  readonly fault = 'theirs'
  constructor(ref: string) {
    super(`${ref} at the remote names something that is no commit`, { hint: 'Tag a commit instead.' })
  }
}

/** A submodule points where submodules may not come from. */
export class SubmoduleRefused extends LetterboxError {
  readonly code = 'SUBMODULE_REFUSED'
  readonly fault = 'theirs'
  constructor(said: string) {
    super(`a submodule was not fetched: ${said}`, {
      hint:
        'Submodules come from the same host as the repository or from a host in forges, over https or ssh only. ' +
        'Use a relative address in .gitmodules, or add the host to forges.',
    })
  }
}

export class LfsMissing extends LetterboxError {
  readonly code = 'LFS_MISSING'
  readonly fault = 'theirs'
  constructor() {
    super('the repository asks for lfs, but git-lfs is not installed on this host', {
      hint: 'Install the package git-lfs, or take lfs: true out of the repository.',
    })
  }
}

/** git failed for a reason that is neither the remote's nor the user's: a damaged mirror, a full disk, a defect. */
export class GitFailed extends LetterboxError {
  readonly code = 'GIT_FAILED'
  readonly fault = 'ours'
  readonly said: string
  constructor(command: string, said: string, options: { hint?: string; cause?: unknown } = {}) {
    super(`git ${command} failed: ${said}`, { hint: 'See what git says, and look at free disk space.', ...options })
    this.said = said
  }
}

export class GitMissing extends LetterboxError {
  readonly code = 'GIT_MISSING'
  readonly fault = 'theirs'
  constructor(found: string | null, wanted: string, options: { cause?: unknown } = {}) {
    super(found === null ? 'git is not installed on this host' : `git ${found} is too old; ${wanted} is needed`, {
      hint: `Install git ${wanted} or newer, with the security fixes of your distribution.`,
      ...options,
    })
  }
}

/** The unprivileged user cannot get to the data folder. */
export class FolderUnreachable extends LetterboxError {
  readonly code = 'FOLDER_UNREACHABLE'
  readonly fault = 'theirs'
  constructor(user: string, folder: string, blocked: string) {
    super(`the user ${user}, who runs git, cannot get to ${folder}: ${blocked} lets nobody through`, {
      hint: `Let others pass through (not list) that folder: chmod o+x ${blocked}; or choose another data folder.`,
    })
  }
}
