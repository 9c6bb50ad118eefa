import { lstatSync, readdirSync, rmSync, type Stats } from 'node:fs'
import { chmod, lstat, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ulid } from 'ulid'
import type { DataFolder } from './data-folder.ts'
import { errno } from './errno.ts'
import { MAX_JOB_FILE_BYTES } from './job-file.ts'
import type { Refusal } from './parse-job-file.ts'
import { removeTree } from './remove-tree.ts'
import { jobIdOf } from './spool.ts'

const MAX_FILES = 1000
const MAX_BYTES = 256 * 1024 * 1024
const FILE = '.json'
const REASON = '.reason.json'

/** A name within one folder, and nothing else. */
export function isPlainName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !name.includes('/') && !name.includes('\0')
}

/** Moves a job file from `work/taken` to `rejected/<name>.json`, with its reason beside it. A link or special file is
 *  only unlinked, a folder removed; then there is the reason alone. Is it gone already, nothing happens.
 *  `rejected` holds at most 1000 files and 256 MiB: the oldest go. @throws the system's error */
export async function refuseTaken(folder: DataFolder, name: string, reason: Refusal): Promise<void> {
  await refuseAt(folder, join(folder.taken, name), name, reason)
}

/** The same for what is still in the spool and may not enter `work/taken`. False when it was gone. */
export async function refuseWaiting(folder: DataFolder, name: string, reason: Refusal): Promise<boolean> {
  return refuseAt(folder, join(folder.spoolNew, name), name, reason)
}

async function refuseAt(folder: DataFolder, path: string, name: string, reason: Refusal): Promise<boolean> {
  const stat = await find(path)
  if (stat === null) return false
  const base = await freeBase(folder.rejected, jobIdOf(name))
  const facts = { name: name.slice(0, 300), ...reason, refusedAt: new Date().toISOString() }
  const file = { bytes: stat.size, ownerUid: stat.uid }
  await writeFile(base + REASON, `${JSON.stringify({ ...facts, ...file }, null, 2)}\n`, { flag: 'wx', mode: 0o600 })
  await moveAway(path, base + FILE)
  boundRejected(folder.rejected)
  return true
}

async function freeBase(rejected: string, id: string | null): Promise<string> {
  if (id === null) return join(rejected, `odd-${ulid()}`)
  const base = join(rejected, id)
  const isFree = (await find(base + FILE)) === null && (await find(base + REASON)) === null
  return isFree ? base : `${base}-${ulid()}`
}

/** Moved first and judged then: in `rejected` nobody can swap it any more. */
async function moveAway(from: string, to: string): Promise<void> {
  try {
    await rename(from, to)
  } catch (error) {
    if (errno(error) === 'ENOENT') return
    if (errno(error) !== 'EXDEV') throw error
    return removeTree(from) // the spool is another file system: the reason has to do
  }
  const stat = await lstat(to)
  if (stat.isFile() && stat.nlink === 1 && stat.size <= MAX_JOB_FILE_BYTES) await chmod(to, 0o600)
  else await removeTree(to)
}

function boundRejected(rejected: string): void {
  const cases = new Map<string, { files: string[]; bytes: number; at: number }>()
  for (const name of readdirSync(rejected)) {
    const base = name.replace(/(?:\.reason)?\.json$/, '')
    const one = cases.get(base) ?? { files: [], bytes: 0, at: 0 }
    const stat = lstatSync(join(rejected, name))
    // the reason is ours, so its time can be believed
    if (name.endsWith(REASON)) one.at = stat.mtimeMs
    one.files.push(name)
    one.bytes += stat.size
    cases.set(base, one)
  }
  const oldestFirst = [...cases.values()].sort((a, b) => a.at - b.at)
  let files = sum(oldestFirst.map((one) => one.files.length))
  let bytes = sum(oldestFirst.map((one) => one.bytes))
  for (const one of oldestFirst) {
    if (files <= MAX_FILES && bytes <= MAX_BYTES) return
    for (const name of one.files) rmSync(join(rejected, name), { force: true, recursive: false })
    files -= one.files.length
    bytes -= one.bytes
  }
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, one) => total + one, 0)
}

async function find(path: string): Promise<Stats | null> {
  try {
    return await lstat(path)
  } catch (error) {
    if (errno(error) === 'ENOENT') return null
    throw error
  }
}
