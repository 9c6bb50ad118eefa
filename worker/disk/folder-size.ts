import type { Dirent } from 'node:fs'
import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { errno } from '../../job/errno.ts'

const BLOCK_BYTES = 512
/** At once; more only make the thread pool's queue longer. */
const AT_ONCE = 16

/** What a folder takes on the disk, without following links. What goes away meanwhile counts nothing. */
export async function folderSize(folder: string): Promise<number> {
  let bytes = 0
  const folders = [folder]
  for (let here = folders.pop(); here !== undefined; here = folders.pop()) {
    const at = here
    const entries = await list(at)
    for (let from = 0; from < entries.length; from += AT_ONCE) {
      const some = entries.slice(from, from + AT_ONCE)
      const sizes = await Promise.all(some.map(({ name }) => sizeOf(join(at, name))))
      bytes += sizes.reduce((sum, one) => sum + one, 0)
      for (const entry of some) if (entry.isDirectory()) folders.push(join(at, entry.name))
    }
  }
  return bytes
}

async function list(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true })
  } catch (error) {
    if (isGone(error)) return []
    throw error
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await lstat(path)).blocks * BLOCK_BYTES
  } catch (error) {
    if (isGone(error)) return 0
    throw error
  }
}

function isGone(error: unknown): boolean {
  return errno(error) === 'ENOENT' || errno(error) === 'ENOTDIR'
}
