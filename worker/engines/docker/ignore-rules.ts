import { readFile, realpath, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { BuildContextUnreadable } from '../engine-errors.ts'

export type IgnoreRules = { file: string; patterns: string }

const MAX_BYTES = 1024 * 1024

/** The rules that hold for this Dockerfile: its own `<dockerfile>.dockerignore`, else the folder's `.dockerignore`.
 *  The Dockerfile and the rules are always sent, as docker does, for the builder needs them.
 *  @see Docker documentation, "Build context", .dockerignore files */
export async function readIgnoreRules(folder: string, dockerfile: string): Promise<IgnoreRules | null> {
  for (const file of [`${dockerfile}.dockerignore`, '.dockerignore']) {
    const text = await readInside(folder, file)
    if (text !== null)
      return { file, patterns: `${text}\n!${escaped(dockerfile)}\n!.dockerignore\n!${escaped(file)}\n` }
  }
  return null
}

async function readInside(folder: string, file: string): Promise<string | null> {
  const path = await realpath(join(folder, file)).catch(absent)
  if (path === null) return null
  const facts = await stat(path)
  const root = await realpath(folder)
  if (!path.startsWith(root + sep) || !facts.isFile() || facts.size > MAX_BYTES) {
    throw new BuildContextUnreadable(
      `${file} is no regular file of at most ${MAX_BYTES} bytes inside the build context`,
    )
  }
  return (await readFile(path, 'utf8')).replace(/^\uFEFF/, '')
}

function absent(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null
  throw error
}

function escaped(path: string): string {
  return path.replace(/[\\*?[\]]/g, '\\$&')
}
