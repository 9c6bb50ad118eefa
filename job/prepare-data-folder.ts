import { chmodSync, chownSync, lstatSync, mkdirSync, type Stats } from 'node:fs'
import type { DataFolder } from './data-folder.ts'
import { errno } from './errno.ts'
import { type Fault, LetterboxError } from './letterbox-error.ts'

/** A folder of the data folder cannot be made, or something else stands in its place. */
export class DataFolderUnusable extends LetterboxError {
  readonly code = 'DATA_FOLDER_UNUSABLE'
  readonly fault: Fault = 'ours'
  readonly path: string

  constructor(path: string, why: string, options: { cause?: unknown } = {}) {
    super(`The data folder cannot be used: ${path} ${why}.`, {
      hint: 'Check --data (LETTERBOX_DATA): it must be a folder that the worker may write, on a local disk.',
      ...options,
    })
    this.path = path
  }
}

/** What was not as it must be, and was put right. */
export type Repair = { path: string; found: string; wanted: string }

type Wanted = { path: string; mode: number; uid: number; gid: number }

/** Makes all folders with the owners and modes of docs/design.md "Data folder", and puts right those that are not so.
 *  As root: root's own, `spool/tmp` and `spool/new` for the web program's group (null: no group but root's). As another
 *  user: that user's own; the web program's group only where one is given. Idempotent; new folders are no repair.
 *  mirrors, workspaces and keys are made by their user, worker/source. @throws DataFolderUnusable */
export function prepareDataFolder(folder: DataFolder, options: { webGid: number | null }): Repair[] {
  const repairs: Repair[] = []
  makeRoot(folder.root)
  for (const wanted of wantedFolders(folder, options.webGid)) {
    const repair = prepare(wanted)
    if (repair !== null) repairs.push(repair)
  }
  return repairs
}

function wantedFolders(folder: DataFolder, webGid: number | null): Wanted[] {
  const uid = process.getuid?.() ?? 0
  const own = { uid, gid: process.getgid?.() ?? 0 }
  // without a web group, and not root, nobody else has a business here
  const isShared = uid === 0 || webGid !== null
  const open = { ...own, mode: isShared ? 0o755 : 0o700 }
  const dropBox = { uid, gid: webGid ?? own.gid, mode: isShared ? 0o1770 : 0o700 }
  const closed = { ...own, mode: 0o700 }
  return [
    { path: folder.spool, ...open },
    { path: folder.spoolTmp, ...dropBox },
    { path: folder.spoolNew, ...dropBox },
    { path: folder.state, ...open },
    { path: folder.logs, ...open },
    // the unprivileged git user passes through to mirrors and workspaces
    { path: folder.work, ...own, mode: 0o711 },
    { path: folder.taken, ...closed },
    { path: folder.rejected, ...closed },
  ]
}

/** The folder itself may be a link or have any owner: where it lies is the operator's choice. */
function makeRoot(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o755 })
  } catch (error) {
    throw new DataFolderUnusable(path, `cannot be made (${errno(error) ?? 'EIO'})`, { cause: error })
  }
}

function prepare(wanted: Wanted): Repair | null {
  try {
    const isNew = make(wanted.path)
    const stat = lstatSync(wanted.path)
    if (!stat.isDirectory()) throw new DataFolderUnusable(wanted.path, 'is not a folder')
    if (describe(stat) === describe(wanted)) return null
    chownSync(wanted.path, wanted.uid, wanted.gid)
    chmodSync(wanted.path, wanted.mode)
    return isNew ? null : { path: wanted.path, found: describe(stat), wanted: describe(wanted) }
  } catch (error) {
    if (error instanceof LetterboxError) throw error
    const code = errno(error) ?? 'EIO'
    throw new DataFolderUnusable(wanted.path, `cannot be made ${describe(wanted)} (${code})`, { cause: error })
  }
}

function make(path: string): boolean {
  try {
    mkdirSync(path, { mode: 0o700 })
    return true
  } catch (error) {
    if (errno(error) === 'EEXIST') return false
    throw error
  }
}

function describe({ uid, gid, mode }: Pick<Stats, 'uid' | 'gid' | 'mode'>): string {
  return `${uid}:${gid} ${(mode & 0o7777).toString(8).padStart(4, '0')}`
}
