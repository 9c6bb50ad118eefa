import type { Stats } from 'node:fs'
import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { errno } from '../../job/errno.ts'

/** The entries of a folder with their facts; none where the folder is not there (yet). */
export async function entriesOf(folder: string): Promise<{ name: string; path: string; stat: Stats }[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (errno(error) === 'ENOENT') return []
    throw error
  })
  const found: { name: string; path: string; stat: Stats }[] = []
  for (const name of names) {
    const path = join(folder, name)
    const stat = await lstat(path).catch((error: unknown) => {
      if (errno(error) === 'ENOENT') return null
      throw error
    })
    if (stat !== null) found.push({ name, path, stat })
  }
  return found
}
