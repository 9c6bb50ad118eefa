import { compileGlob, type Glob } from '../glob.ts'

/** A key of `repositories`: `host/path`, each of them as it is or as a glob. */
export type RepositoryKey = { host: string; path: string; exactHost: boolean; exact: boolean }
export type RepositoryKeyProblem = {
  code: 'BAD_REPOSITORY_KEY' | 'BAD_GLOB'
  problem: string
  suggestion: string | null
}

/** Splits a key, or says what is wrong with it. An IPv6 host in brackets is no glob. */
export function readRepositoryKey(key: string): RepositoryKey | RepositoryKeyProblem {
  const suggestion = plainKey(key)
  if (suggestion !== key) {
    return { code: 'BAD_REPOSITORY_KEY', problem: 'a key is host/path, without scheme, ends or spaces', suggestion }
  }
  const slash = key.indexOf('/')
  if (slash === -1) return { code: 'BAD_REPOSITORY_KEY', problem: 'a key is host/path', suggestion: null }
  const host = key.slice(0, slash)
  const path = key.slice(slash + 1)
  const exactHost = isLiteralHost(host)
  const glob = compileGlob(exactHost ? path : key)
  if ('problem' in glob) {
    return { code: 'BAD_GLOB', problem: `${glob.problem} (character ${glob.at + 1})`, suggestion: null }
  }
  return { host, path, exactHost, exact: exactHost && !isGlob(path) }
}

/** The glob of a key that is no exact one, with its host in lower case, and on demand its path too. */
export function compileRepositoryKey(key: string, foldPath: boolean): Glob | null {
  const slash = key.indexOf('/')
  const host = key.slice(0, slash).toLowerCase()
  const path = foldPath ? key.slice(slash).toLowerCase() : key.slice(slash)
  const glob = compileGlob((isLiteralHost(host) ? host.replace(/[[\]]/g, '\\$&') : host) + path)
  return 'problem' in glob ? null : glob
}

function isLiteralHost(host: string): boolean {
  return /^\[[0-9a-f:.]*:[0-9a-f:.]*\](?::\d+)?$/i.test(host) || !isGlob(host)
}

function isGlob(text: string): boolean {
  return /[*?[\]{}\\!]/.test(text)
}

/** What people paste, made a key: an address to clone from, or the page of the repository. */
function plainKey(key: string): string {
  return key
    .trim()
    .replace(/^(?:https?|ssh|git):\/\/(?:[^/@]*@)?/i, '')
    .replace(/^[A-Za-z0-9._-]+@([^:/]+):/, '$1/')
    .replace(/^\/+/, '')
    .replace(/\/+$/, '')
    .replace(/\.git$/i, '')
}
