import { lstat, realpath, stat } from 'node:fs/promises'
import { dirname, isAbsolute, join, sep } from 'node:path'
import { LetterboxError } from '../../job/letterbox-error.ts'

export class PathOutsideWorkspace extends LetterboxError {
  readonly code = 'PATH_OUTSIDE_WORKSPACE'
  readonly fault = 'theirs'

  constructor(path: string, why: string) {
    super(`${JSON.stringify(path)} leads out of the checkout: ${why}`, {
      hint: 'Give a path relative to the repository, and in it no link that points out of the repository.',
    })
  }
}

export class PathMissing extends LetterboxError {
  readonly code = 'PATH_MISSING'
  readonly fault = 'theirs'

  constructor(path: string, wanted: 'file' | 'folder') {
    super(`the checkout has no ${wanted} ${JSON.stringify(path)}`, {
      hint: 'Is the path in the config spelled as in the repository, and is it in this branch?',
    })
  }
}

/** The real absolute path of something in a folder whose content is not trusted: links are followed first, and what they
 *  lead to must lie in the folder. The folder must not change between this and the use.
 *  @throws PathOutsideWorkspace, PathMissing */
export async function confine(folder: string, relative: string, wanted: 'file' | 'folder'): Promise<string> {
  if (relative.includes('\0')) throw new PathOutsideWorkspace(relative, 'it holds a NUL')
  if (isAbsolute(relative)) throw new PathOutsideWorkspace(relative, 'it is absolute')
  const root = await realpath(folder)
  const written = join(root, relative)
  if (!isInside(root, written)) throw new PathOutsideWorkspace(relative, 'it goes up too far')
  const real = await realpath(written).catch(async (error: NodeJS.ErrnoException) => {
    if (!['ENOENT', 'ENOTDIR', 'ELOOP'].includes(error.code ?? '')) throw error
    throw (await hasLink(root, written))
      ? new PathOutsideWorkspace(relative, BY_LINK)
      : new PathMissing(relative, wanted)
  })
  if (!isInside(root, real)) throw new PathOutsideWorkspace(relative, BY_LINK)
  const facts = await stat(real)
  if (wanted === 'file' ? !facts.isFile() : !facts.isDirectory()) throw new PathMissing(relative, wanted)
  return real
}

/** One text for both: whether the host has a file is nobody's business. */
const BY_LINK = 'a link in it points out of the checkout, or to nothing'

async function hasLink(root: string, path: string): Promise<boolean> {
  for (let at = path; at !== root; at = dirname(at)) {
    const facts = await lstat(at).catch(() => null)
    if (facts?.isSymbolicLink()) return true
  }
  return false
}

function isInside(root: string, path: string): boolean {
  return path === root || path.startsWith(root + sep)
}
