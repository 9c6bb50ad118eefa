import { didYouMean } from '../../config/diagnose/did-you-mean.ts'
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

function hintFor(repository: string, known: string[]): string {
  if (known.length === 0) return 'The config has no repositories at all.'
  const meant = didYouMean(repository, known)
  if (meant !== null) return `Did you mean ${meant}?`
  const some = known.slice(0, 5).join(', ')
  return `It is written host/path, such as github.com/acme/shop. The config has: ${some}${known.length > 5 ? ', …' : ''}`
}
