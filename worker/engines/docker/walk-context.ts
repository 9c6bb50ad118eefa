import { lstat, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import dockerignore from '@balena/dockerignore'
import type { IgnoreRules } from './ignore-rules.ts'

export type ContextWalk = { folder: string; rules: IgnoreRules | null; maxBytes: number }

/** What of a folder goes to the builder, relative to it; `tooLarge` names the file that broke the limit. */
export type ContextTree = { paths: string[]; bytes: number; tooLarge: string | null }

/** Walks a build context without following links. Folders that are ignored are entered only where a `!` pattern might
 *  take something of them back, and are sent only where it did. Sockets, pipes and devices are left out. */
export async function walkContext({ folder, rules, maxBytes }: ContextWalk): Promise<ContextTree> {
  const keep = rules ? dockerignore.default({ ignorecase: false }).add(rules.patterns).createFilter() : () => true
  // the two or three that readIgnoreRules adds itself take back single files, mostly at the top
  const takesBack = rules?.patterns.split('\n').filter((line) => line.trim().startsWith('!')) ?? []
  const paths = new Set<string>()
  let bytes = 0
  const folders = ['']

  for (let here = folders.pop(); here !== undefined; here = folders.pop()) {
    for (const entry of await readdir(join(folder, here), { withFileTypes: true })) {
      const path = join(here, entry.name)
      const kept = keep(path)
      if (entry.isDirectory()) {
        if (kept) add(paths, path)
        if (kept || takesBack.some((pattern) => mayMatchBelow(pattern, path))) folders.push(path)
      } else if (kept && (entry.isFile() || entry.isSymbolicLink())) {
        bytes += (await lstat(join(folder, path))).size
        add(paths, path)
        if (bytes > maxBytes) return { paths: [], bytes, tooLarge: path }
      }
    }
  }
  return { paths: [...paths], bytes, tooLarge: null }
}

/** With all folders above it: one that was ignored is needed after all. */
function add(paths: Set<string>, path: string): void {
  for (let at = path; at !== '.' && !paths.has(at); at = dirname(at)) paths.add(at)
}

/** Whether a `!` pattern could match something below a folder: generous, but not for plainly other folders. */
function mayMatchBelow(pattern: string, folder: string): boolean {
  const parts = pattern.trim().slice(1).trim().split('/').filter(Boolean)
  for (const [at, name] of folder.split('/').entries()) {
    const part = parts[at]
    if (part === undefined) return false
    if (/[*?[\\]/.test(part)) return true
    if (part !== name) return false
  }
  return true
}
