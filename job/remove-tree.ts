import { constants } from 'node:fs'
import { lstat, open, readdir, rmdir, unlink } from 'node:fs/promises'
import { errno } from './errno.ts'

const OPEN_FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW

/** Removes a file, link or folder that somebody hostile may own and change meanwhile. Never follows a link: each folder
 *  is entered through a descriptor of its own (`/proc/self/fd`), so swapping a folder for a link leads nowhere.
 *  Gone already is fine. @throws the system's error, e.g. ENOTEMPTY when the owner goes on adding files */
export async function removeTree(path: string | Buffer): Promise<void> {
  try {
    if ((await lstat(path)).isDirectory()) await removeFolder(path)
    else await unlink(path)
  } catch (error) {
    if (errno(error) !== 'ENOENT') throw error
  }
}

async function removeFolder(path: string | Buffer): Promise<void> {
  const handle = await open(path, OPEN_FOLDER)
  try {
    const inside = `/proc/self/fd/${handle.fd}`
    const names = await readdir(inside, { encoding: 'buffer' })
    for (const name of names) await removeTree(entryPath(inside, name))
  } finally {
    await handle.close()
  }
  await rmdir(path)
}

/** Joins a folder and a name that need not be text. */
export function entryPath(folder: string, name: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${folder}/`), name])
}
