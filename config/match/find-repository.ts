import type { Glob } from '../glob.ts'
import { findForge } from '../known-forges.ts'
import type { Config, Repository } from '../schema.ts'
import { compileRepositoryKey, readRepositoryKey } from './repository-key.ts'

/** Each glob twice: as written, and for hosts whose paths are compared without regard to case. */
type KeyGlob = { key: string; literals: number; asWritten: Glob; folded: Glob }
type Index = { exact: Map<string, string>; globs: KeyGlob[] }

/** Compiled once per config object: a reload brings a new one. */
const indexes = new WeakMap<Config, Index>()

/** The entry for `host/path`: an exact key before globs, among globs the one that fixes most characters, and among
 *  equals the one whose key comes first in the alphabet. Hosts are compared without regard to case, and so are the
 *  paths of GitHub and Bitbucket. */
export function findRepository(config: Config, hostPath: string): { key: string; repository: Repository } | null {
  const index = indexOf(config)
  const name = foldHostPath(config, hostPath)
  const variant = foldsPath(config, hostPath) ? 'folded' : 'asWritten'
  const key = index.exact.get(name) ?? index.globs.find((glob) => glob[variant].matches(name))?.key
  const repository = key === undefined ? undefined : config.repositories[key]
  return key === undefined || repository === undefined ? null : { key, repository }
}

/** The form of a `host/path` in which two names of the same repository are equal. */
export function foldHostPath(config: Pick<Config, 'forges'>, hostPath: string): string {
  const host = hostOf(hostPath)
  const path = hostPath.slice(host.length)
  return host.toLowerCase() + (foldsPath(config, hostPath) ? path.toLowerCase() : path)
}

/** GitHub and Bitbucket take `Acme/Shop` and `acme/shop` for the same repository. */
function foldsPath(config: Pick<Config, 'forges'>, hostPath: string): boolean {
  const kind = findForge(config.forges, hostOf(hostPath))?.kind
  return kind === 'github' || kind === 'bitbucket'
}

function hostOf(hostPath: string): string {
  const slash = hostPath.indexOf('/')
  return slash === -1 ? hostPath : hostPath.slice(0, slash)
}

function indexOf(config: Config): Index {
  const known = indexes.get(config)
  if (known) return known
  const index = createIndex(config)
  indexes.set(config, index)
  return index
}

function createIndex(config: Config): Index {
  const index: Index = { exact: new Map(), globs: [] }
  for (const key of Object.keys(config.repositories).sort()) {
    const read = readRepositoryKey(key)
    if ('problem' in read) continue
    if (read.exact) index.exact.set(foldHostPath(config, key), key)
    else index.globs.push(...compiled(key))
  }
  index.globs.sort((a, b) => b.literals - a.literals)
  return index
}

/** Lower case may turn a range like `[Z-a]` around; such a key is compared as written everywhere. */
function compiled(key: string): KeyGlob[] {
  const asWritten = compileRepositoryKey(key, false)
  if (asWritten === null) return []
  return [{ key, literals: asWritten.literals, asWritten, folded: compileRepositoryKey(key, true) ?? asWritten }]
}
