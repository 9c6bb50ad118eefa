import { constants, type Stats } from 'node:fs'
import { type FileHandle, lstat, open, readdir, rename, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { DataFolder } from './data-folder.ts'
import { errno } from './errno.ts'
import { failpoint } from './failpoint.ts'
import { type JobFile, MAX_JOB_FILE_BYTES } from './job-file.ts'
import { parseJobFile, type Refusal } from './parse-job-file.ts'
import { isPlainName, refuseTaken, refuseWaiting } from './refuse-job.ts'
import { jobIdOf } from './spool.ts'
import { SpoolUnreadable } from './spool-errors.ts'

/** Never waits (a fifo), never follows a link. @see open(2) */
const READ_SAFELY = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

/** `job`: parsed, still in `work/taken` until `done` (call it when the store has the job) or `refuse`.
 *  `refused`: already moved to `rejected/` with this reason. `gone`: another took it, or it never was there. */
export type Taken =
  | {
      kind: 'job'
      job: JobFile
      name: string
      /** who wrote the file, as the file system says: 0 is root, the command line's own */
      ownerUid: number
      bytes: number
      done(): Promise<void>
      refuse(reason: Refusal): Promise<void>
    }
  | { kind: 'refused'; name: string; reason: Refusal }
  | { kind: 'gone' }

/** Moves one job file (`<id>` or its name in the spool) into worker-owned storage and reads it there, once. Refuses
 *  links, special files, folders, files over MAX_JOB_FILE_BYTES, other names and other shapes: whoever can write the
 *  spool is not trusted. @throws SpoolUnreadable the folders themselves fail (worth a retry) */
export async function takeJob(folder: DataFolder, idOrName: string): Promise<Taken> {
  const name = jobIdOf(`${idOrName}.json`) === null ? idOrName : `${idOrName}.json`
  if (!isPlainName(name)) return { kind: 'gone' }
  return guard(folder.spoolNew, async () => {
    if (jobIdOf(name) === null) return refusedWaiting(folder, name, NO_JOB_NAME)
    if (await exists(join(folder.taken, name))) return refusedWaiting(folder, name, ID_IN_WORK)
    const moved = await moveIn(folder, name)
    if (moved === 'gone') return { kind: 'gone' }
    failpoint('taken')
    return moved === 'moved' ? readTaken(folder, name) : refusedWaiting(folder, name, moved)
  })
}

/** Names in `work/taken`: a worker was killed between taking and recording. Oldest first. @throws SpoolUnreadable */
export async function takenLeftovers(folder: DataFolder): Promise<string[]> {
  return guard(folder.taken, async () => (await readdir(folder.taken)).sort())
}

/** Takes a leftover up again. The store may know its job already: then `recordJob` says false and `done` ends it.
 *  @throws SpoolUnreadable */
export async function takeLeftover(folder: DataFolder, name: string): Promise<Taken> {
  if (!isPlainName(name)) return { kind: 'gone' }
  return guard(folder.taken, async () => {
    if (!(await exists(join(folder.taken, name)))) return { kind: 'gone' }
    if (jobIdOf(name) === null) return refusedTaken(folder, name, NO_JOB_NAME)
    return readTaken(folder, name)
  })
}

const NO_JOB_NAME: Refusal = { code: 'JOB_FILE_NAME', message: 'its name is not <ULID>.json' }
const ID_IN_WORK: Refusal = { code: 'JOB_FILE_ID_IN_WORK', message: 'a job file of the same name is being worked on' }

async function refusedWaiting(folder: DataFolder, name: string, reason: Refusal): Promise<Taken> {
  return (await refuseWaiting(folder, name, reason)) ? { kind: 'refused', name, reason } : { kind: 'gone' }
}

async function refusedTaken(folder: DataFolder, name: string, reason: Refusal): Promise<Taken> {
  await refuseTaken(folder, name, reason)
  return { kind: 'refused', name, reason }
}

/** Where the spool lies on another file system, a checked copy is moved in. */
async function moveIn(folder: DataFolder, name: string): Promise<'moved' | 'gone' | Refusal> {
  const from = join(folder.spoolNew, name)
  const to = join(folder.taken, name)
  try {
    await rename(from, to)
    return 'moved'
  } catch (error) {
    if (errno(error) === 'ENOENT') return 'gone'
    if (errno(error) !== 'EXDEV') throw error
    return copyIn(from, to)
  }
}

async function copyIn(from: string, to: string): Promise<'moved' | 'gone' | Refusal> {
  const read = await readSafely(from)
  if (read.kind === 'gone') return 'gone'
  if (read.kind === 'refused') return read.reason
  const unfinished = `${to}.part`
  const handle = await open(unfinished, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC, 0o600)
  try {
    await handle.writeFile(read.bytes)
    await handle.chown(read.ownerUid, -1)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(unfinished, to)
  await unlink(from)
  return 'moved'
}

async function readTaken(folder: DataFolder, name: string): Promise<Taken> {
  const path = join(folder.taken, name)
  const read = await readSafely(path)
  if (read.kind === 'gone') return { kind: 'gone' }
  if (read.kind === 'refused') return refusedTaken(folder, name, read.reason)
  const parsed = parseJobFile(read.bytes, jobIdOf(name) ?? '')
  if (parsed.kind === 'refused') return refusedTaken(folder, name, parsed.reason)
  return {
    kind: 'job',
    job: parsed.job,
    name,
    ownerUid: read.ownerUid,
    bytes: read.bytes.length,
    done: () => guard(folder.taken, () => unlink(path)),
    refuse: (reason) => guard(folder.taken, () => refuseTaken(folder, name, reason)),
  }
}

type Read = { kind: 'bytes'; bytes: Buffer; ownerUid: number } | { kind: 'refused'; reason: Refusal } | { kind: 'gone' }

/** Judges the very file that it reads: by its descriptor, not by its name. */
async function readSafely(path: string): Promise<Read> {
  let handle: FileHandle
  try {
    const unsafe = judge(await lstat(path)) // before opening, which can have effects on a device
    if (unsafe !== null) return { kind: 'refused', reason: unsafe }
    handle = await open(path, READ_SAFELY)
  } catch (error) {
    if (errno(error) === 'ENOENT') return { kind: 'gone' }
    if (errno(error) === 'ELOOP') return { kind: 'refused', reason: { code: 'JOB_FILE_LINK', message: 'it is a link' } }
    throw error
  }
  try {
    const stat = await handle.stat()
    const unsafe = judge(stat)
    if (unsafe !== null) return { kind: 'refused', reason: unsafe }
    const bytes = await readAtMost(handle, MAX_JOB_FILE_BYTES + 1)
    if (bytes.length > MAX_JOB_FILE_BYTES) return { kind: 'refused', reason: tooLarge(bytes.length) }
    return { kind: 'bytes', bytes, ownerUid: stat.uid }
  } finally {
    await handle.close()
  }
}

function judge(stat: Stats): Refusal | null {
  if (stat.isSymbolicLink()) return { code: 'JOB_FILE_LINK', message: 'it is a link' }
  if (stat.isDirectory()) return { code: 'JOB_FILE_FOLDER', message: 'it is a folder' }
  if (!stat.isFile()) return { code: 'JOB_FILE_SPECIAL', message: 'it is no regular file' }
  if (stat.nlink !== 1) return { code: 'JOB_FILE_HARD_LINK', message: `the file has ${stat.nlink} names` }
  return stat.size > MAX_JOB_FILE_BYTES ? tooLarge(stat.size) : null
}

function tooLarge(bytes: number): Refusal {
  return { code: 'JOB_FILE_TOO_LARGE', message: `${bytes} bytes are more than the ${MAX_JOB_FILE_BYTES} allowed` }
}

/** The writer may still hold the file open and let it grow: the size said before does not count. */
async function readAtMost(handle: FileHandle, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let total = 0
  while (total < maxBytes) {
    const chunk = Buffer.allocUnsafe(Math.min(65_536, maxBytes - total))
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, total)
    if (bytesRead === 0) break
    chunks.push(chunk.subarray(0, bytesRead))
    total += bytesRead
  }
  return Buffer.concat(chunks, total)
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path)
    return true
  } catch (error) {
    if (errno(error) === 'ENOENT') return false
    throw error
  }
}

async function guard<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const code = errno(error)
    throw code === null || error instanceof SpoolUnreadable ? error : new SpoolUnreadable(path, code, { cause: error })
  }
}
