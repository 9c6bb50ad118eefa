import { closeSync, fsyncSync, openSync, rmSync, statSync, writeSync } from 'node:fs'

const MIB = 1024 ** 2
export const RESERVE_FILE_BYTES = 16 * MIB

export type ReserveFile = {
  /** Makes it where it is not there and there is room for it. */
  hold(): void
  /** Gives its bytes back to the disk, so that runs can be ended on a full one. False: they were given already. */
  release(): boolean
}

/** A file of real bytes in `work/`: what the worker writes last when nothing else has room. */
export function createReserveFile(file: string): ReserveFile {
  const isHeld = () => (statSync(file, { throwIfNoEntry: false })?.size ?? 0) >= RESERVE_FILE_BYTES
  return {
    hold() {
      if (isHeld()) return
      try {
        fill(file)
      } catch {
        rmSync(file, { force: true }) // no room yet: the next look tries again
      }
    },
    release() {
      const held = isHeld()
      rmSync(file, { force: true })
      return held
    },
  }
}

function fill(file: string): void {
  const fd = openSync(file, 'w', 0o600)
  try {
    const zeros = Buffer.alloc(MIB)
    for (let written = 0; written < RESERVE_FILE_BYTES; ) written += writeSync(fd, zeros)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}
