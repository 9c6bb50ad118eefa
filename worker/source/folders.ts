import { chmod, chown, mkdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { DataFolder } from '../../job/data-folder.ts'
import type { UnprivilegedUser } from '../host-user/unprivileged-user.ts'
import { FolderUnreachable } from './source-errors.ts'

/** git's home: an empty folder that git itself cannot write, so that no config ever appears in it. */
export function gitHome(folder: DataFolder): string {
  return join(folder.work, 'home')
}

/** Makes the folders below `work/` (which job/prepare-data-folder lets everyone pass through, and nobody list): the unprivileged user passes through them and owns its mirrors; nobody else on
 *  the host may list or read a checkout. Containers are not hindered: a bind mount does not ask the folders above it.
 *  @throws FolderUnreachable when a folder above lets the user not through */
export async function prepareFolders(folder: DataFolder, user: UnprivilegedUser): Promise<void> {
  await mkdir(folder.work, { recursive: true })
  for (const path of [folder.mirrors, folder.workspaces, folder.keys, gitHome(folder)])
    await mkdir(path, { recursive: true })
  if (!user.separate) return
  for (const path of [folder.workspaces, folder.keys, gitHome(folder)]) await own(path, 0, user.gid, 0o710)
  await own(folder.mirrors, user.uid, user.gid, 0o700)
  for (const above of foldersAbove(folder.work)) {
    if (!(await letsThrough(above, user))) throw new FolderUnreachable(user.name, folder.work, above)
  }
}

async function own(path: string, uid: number, gid: number, mode: number): Promise<void> {
  await chown(path, uid, gid)
  await chmod(path, mode)
}

function foldersAbove(path: string): string[] {
  const above = dirname(path)
  return above === path ? [above] : [above, ...(above === dirname(above) ? [] : foldersAbove(above))]
}

async function letsThrough(path: string, user: UnprivilegedUser): Promise<boolean> {
  const { mode, uid, gid } = await stat(path)
  if (uid === user.uid) return (mode & 0o100) !== 0
  if (gid === user.gid) return (mode & 0o010) !== 0
  return (mode & 0o001) !== 0
}
