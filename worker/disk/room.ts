import { statfsSync } from 'node:fs'

const MIB = 1024 ** 2
/** Below this much on the data folder's disk nothing is taken at all: what is left is for the ends of runs. */
export const FULL_BYTES = 64 * MIB
/** A file system that counts its files holds no more when these are gone. */
const FULL_FILES = 1000

export type Room = {
  disks: { path: string; freeBytes: number; reserveBytes: number }[]
  /** why no run may start; null: it may */
  lack: string | null
  /** the data folder's disk is as good as full: nothing is taken out of the spool */
  isFull: boolean
}

/** Looks at the disks that are written to; microseconds. `folders`: the data folder first.
 *  A folder that cannot be asked (an engine on another machine) is left out. */
export function lookForRoom(folders: readonly string[], reserveBytes: number): Room {
  const found = folders.flatMap((path, index) => {
    const free = freeOn(path)
    return free === null ? [] : [{ path, ...free, isData: index === 0 }]
  })
  const short = found.find(({ freeBytes, files }) => freeBytes < reserveBytes || files < FULL_FILES)
  return {
    disks: found.map(({ path, freeBytes }) => ({ path, freeBytes, reserveBytes })),
    lack: short === undefined ? null : lackOf(short, reserveBytes),
    isFull: found.some(({ isData, freeBytes, files }) => isData && (freeBytes < FULL_BYTES || files < FULL_FILES)),
  }
}

function lackOf({ path, freeBytes, files }: { path: string; freeBytes: number; files: number }, reserve: number) {
  if (freeBytes >= reserve) return `the file system of ${path} has room for ${files} more files only`
  return `${mib(freeBytes)} free on the disk of ${path}, and ${mib(reserve)} are wanted (worker.disk.reserve)`
}

function freeOn(path: string): { freeBytes: number; files: number } | null {
  try {
    const { bavail, bsize, files, ffree } = statfsSync(path)
    return { freeBytes: bavail * bsize, files: files === 0 ? Number.POSITIVE_INFINITY : ffree }
  } catch {
    return null // it is not on this machine
  }
}

function mib(bytes: number): string {
  return `${Math.round(bytes / MIB)} MiB`
}
