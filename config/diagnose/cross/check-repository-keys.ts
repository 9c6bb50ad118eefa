import { findForge } from '../../known-forges.ts'
import { foldHostPath } from '../../match/find-repository.ts'
import { type RepositoryKey, readRepositoryKey } from '../../match/repository-key.ts'
import { didYouMean } from '../did-you-mean.ts'
import type { Problem } from '../problem.ts'
import { child, entries, type Span, type Tree, text } from '../source-tree.ts'

/** Keys of `repositories` are `host/path` or globs of it, name a known host, and name no repository twice. */
export function checkRepositoryKeys(root: Tree): Problem[] {
  const repositories = child(root, 'repositories')
  if (entries(repositories).length === 0) return nothingToDo(root, repositories)
  const forges = forgesOf(root)
  const seen = new Set<string>()
  return entries(repositories).flatMap(([key, { keySpan }]): Problem[] => {
    const place = { path: ['repositories'], span: keySpan }
    const read = readRepositoryKey(key)
    if ('problem' in read) {
      const fix = read.suggestion === null ? {} : { fix: `write ${read.suggestion}.` }
      return [{ ...place, code: read.code, message: read.problem, ...fix }]
    }
    return [...unknownForge(read, forges, keySpan), ...duplicate(key, read, forges, seen, keySpan)]
  })
}

function nothingToDo(root: Tree, repositories: Tree | null): Problem[] {
  if (root.kind !== 'map' || (repositories !== null && repositories.kind !== 'map')) return []
  const span = root.entries.get('repositories')?.keySpan ?? { from: 0, to: 1 }
  return [{ code: 'NO_REPOSITORIES', severity: 'warning', path: [], span, message: 'no repository is named' }]
}

function unknownForge(key: RepositoryKey, forges: Forges, span: Span): Problem[] {
  if (!key.exactHost || findForge(forges, key.host) !== null) return []
  const known = [...new Set([...Object.keys(forges), 'github.com', 'bitbucket.org'])]
  return [
    {
      code: 'UNKNOWN_FORGE',
      path: ['repositories'],
      span,
      message: `nothing is known of the host "${key.host}"; known: ${known.join(', ')}`,
      note: `known hosts: ${known.join(', ')}`,
      didYouMean: didYouMean(key.host, known),
    },
  ]
}

function duplicate(key: string, read: RepositoryKey, forges: Forges, seen: Set<string>, span: Span): Problem[] {
  const folded = read.exact ? foldHostPath({ forges }, key) : `glob ${key}`
  if (seen.has(folded)) {
    return [
      { code: 'DUPLICATE_REPOSITORY', path: ['repositories'], span, message: 'another key names the same repository' },
    ]
  }
  seen.add(folded)
  return []
}

type Forges = Parameters<typeof findForge>[0]

/** Only the kinds, as far as they are written well: enough to know a host and how it compares paths. */
function forgesOf(root: Tree): Forges {
  const forges: Forges = Object.create(null)
  for (const [host, { value }] of entries(child(root, 'forges'))) {
    const kind = text(child(value, 'kind'))
    forges[host] = { kind: kind === 'bitbucket' || kind === 'github' ? kind : 'gitlab', clone: 'https' }
  }
  return forges
}
