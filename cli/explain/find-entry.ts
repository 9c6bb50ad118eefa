import { findRepository } from '../../config/match.ts'
import type { Config } from '../../config/schema.ts'
import { LetterboxError } from '../../job/letterbox-error.ts'

/** The config has no entry for this repository. */
class RepositoryUnknown extends LetterboxError {
  readonly code = 'REPOSITORY_UNKNOWN'
  readonly fault = 'theirs'
}

/** Proves that the config has an entry for `host/path`.
 *  @throws RepositoryUnknown with the name that was probably meant */
export function requireEntry(config: Config, repository: string): void {
  if (findRepository(config, repository) !== null) return
  const hint = hintFor(repository, Object.keys(config.repositories))
  throw new RepositoryUnknown(`The config has no entry for ${repository}.`, { hint })
}
