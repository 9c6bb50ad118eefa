import { isUtf8 } from 'node:buffer'
import { constants } from 'node:fs'
import { type FileHandle, lstat, open, readdir, rename, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { DataFolder } from './data-folder.ts'
import { errno } from './errno.ts'
import { failpoint } from './failpoint.ts'
import { type JobFile, JobId, MAX_JOB_FILE_BYTES } from './job-file.ts'
import { entryPath, removeTree } from './remove-tree.ts'
import { JobFileTooLarge, SpoolFull, SpoolUnreadable, SpoolUnwritable } from './spool-errors.ts'

export { JobFileTooLarge, SpoolFull, SpoolUnreadable, SpoolUnwritable } from './spool-errors.ts'

const SUFFIX = '.json'
const WRITE_NEW = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW

export type Spool = {
  /** Hands a job file over. When it returns, the file is whole, in `new`, and would survive a power cut.
   *  @throws SpoolFull, SpoolUnwritable, JobFileTooLarge; then nothing of it is left in the spool */
  put(job: JobFile): Promise<void>
  /** Job files that nobody has taken yet, oldest first. @throws SpoolUnreadable */
  waiting(): Promise<{ id: string; bytes: number }[]>
  /** All names in `new`, oldest first, also those that are no job files: the worker refuses them. @throws SpoolUnreadable */
  names(): Promise<string[]>
  /** Removes what a killed program left half-written in `tmp`; for the worker. `left` could not be removed and is tried
   *  again next time. @throws SpoolUnreadable */
  clean(olderThanMs: number): Promise<Cleaned>
}

export type Cleaned = { removed: number; left: { path: string; errno: string }[] }

/** The hatch between the two programs: a maildir (tmp → fsync → rename → fsync folder).
 *  @see https://cr.yp.to/proto/maildir.html */
export function openSpool(folder: DataFolder): Spool {
  return {
    put: (job) => put(folder, job),
    waiting: () => waiting(folder),
    names: () => names(folder),
    clean: (olderThanMs) => clean(folder, olderThanMs),
  }
}

/** The job id that a name in the spool stands for; null when it is no name of a job file. */
export function jobIdOf(name: string): string | null {
  if (!name.endsWith(SUFFIX)) return null
  return JobId.safeParse(name.slice(0, -SUFFIX.length)).data ?? null
}

async function put(folder: DataFolder, job: JobFile): Promise<void> {
  const id = JobId.parse(job.id)
  const bytes = Buffer.from(JSON.stringify(job))
  if (bytes.length > MAX_JOB_FILE_BYTES) throw new JobFileTooLarge(bytes.length, MAX_JOB_FILE_BYTES)
  const unfinished = join(folder.spoolTmp, id)
  const finished = join(folder.spoolNew, id + SUFFIX)
  let ours: string | null = null
  try {
    const handle = await open(unfinished, WRITE_NEW, 0o640)
    ours = unfinished
    await writeDurably(handle, bytes)
    await rename(unfinished, finished)
    ours = finished
    failpoint('job-file-renamed')
    await syncFolder(folder.spoolNew)
    await syncFolder(folder.spoolTmp)
    failpoint('folder-synced')
  } catch (error) {
    if (ours !== null) await discard(ours)
    throw putError(folder, error)
  }
}

async function writeDurably(handle: FileHandle, bytes: Buffer): Promise<void> {
  try {
    await handle.writeFile(bytes)
    failpoint('job-file-written')
    await handle.sync()
    failpoint('job-file-synced')
  } finally {
    await handle.close()
  }
}

/** Makes a rename last. @see fsync(2): the entry in the folder needs an fsync of its own */
async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** The error that led here is the one to tell; what cannot be removed now is left to `clean`. */
async function discard(file: string): Promise<void> {
  await Promise.allSettled([unlink(file)])
}

function putError(folder: DataFolder, error: unknown): unknown {
  const code = errno(error)
  if (code === null) return error
  if (code === 'ENOSPC' || code === 'EDQUOT') return new SpoolFull(folder.spool, { cause: error })
  return new SpoolUnwritable(folder.spool, code, { cause: error })
}

async function waiting(folder: DataFolder): Promise<{ id: string; bytes: number }[]> {
  const found = []
  for (const name of await names(folder)) {
    const id = jobIdOf(name)
    const bytes = id === null ? null : await sizeOf(join(folder.spoolNew, name))
    if (id !== null && bytes !== null) found.push({ id, bytes })
  }
  return found
}

async function names(folder: DataFolder): Promise<string[]> {
  return (await entries(folder.spoolNew)).filter(isUtf8).map(String).sort()
}

async function clean(folder: DataFolder, olderThanMs: number): Promise<Cleaned> {
  const cleaned: Cleaned = { removed: 0, left: [] }
  const newest = Date.now() - olderThanMs
  for (const path of await removable(folder)) {
    try {
      if ((await lstat(path)).ctimeMs > newest) continue
      await removeTree(path)
      cleaned.removed += 1
    } catch (error) {
      const code = errno(error) ?? 'EIO'
      if (code !== 'ENOENT') cleaned.left.push({ path: String(path), errno: code })
    }
  }
  return cleaned
}

/** All of `tmp`, and names in `new` that are no text, so that `takeJob` cannot be asked for them. */
async function removable(folder: DataFolder): Promise<Buffer[]> {
  const inTmp = (await entries(folder.spoolTmp)).map((name) => entryPath(folder.spoolTmp, name))
  const unnamable = (await entries(folder.spoolNew)).filter((name) => !isUtf8(name))
  return [...inTmp, ...unnamable.map((name) => entryPath(folder.spoolNew, name))]
}

/** Names as bytes: on Linux they need not be text. */
async function entries(path: string): Promise<Buffer[]> {
  try {
    return await readdir(path, { encoding: 'buffer' })
  } catch (error) {
    throw new SpoolUnreadable(path, errno(error) ?? 'EIO', { cause: error })
  }
}

/** null when another took it meanwhile. */
async function sizeOf(path: string): Promise<number | null> {
  try {
    return (await lstat(path)).size
  } catch (error) {
    if (errno(error) === 'ENOENT') return null
    throw new SpoolUnreadable(path, errno(error) ?? 'EIO', { cause: error })
  }
}
