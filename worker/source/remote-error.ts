import { GitTroubled } from './git.ts'
import { GitFailed, HostKeyRejected, RemoteRefused, RemoteUnavailable } from './source-errors.ts'

/** The port's error for what git said while it spoke with this remote; any other error as it is. */
export function remoteError(error: unknown, url: string): unknown {
  if (!(error instanceof GitTroubled)) return error
  switch (error.trouble) {
    case 'unavailable':
      return new RemoteUnavailable(url, error.said)
    case 'refused':
      return new RemoteRefused(url, error.said)
    case 'host-key':
      return new HostKeyRejected(url)
    case 'disk':
      return new GitFailed('fetch', error.said, {
        hint: 'The disk of the data folder is full: make room.',
        cause: error,
      })
    case 'ref-gone':
    case 'submodule':
    case 'local':
      return error
    default:
      return error.trouble satisfies never
  }
}
