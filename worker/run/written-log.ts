import { chmodSync, createReadStream, readFileSync, renameSync, writeFileSync } from 'node:fs'

/** The run log byte for byte, as people read it. */
export function readWrittenLog(file: string): AsyncIterable<Uint8Array> {
  return createReadStream(file)
}

/** Masks what was written before a secret was known. The log is bounded, so it is held in memory once. */
export function maskWrittenLog(file: string, mask: (text: string) => string): void {
  const unfinished = `${file}.masked`
  const lines = readFileSync(file, 'utf8').split('\n')
  writeFileSync(unfinished, lines.map(mask).join('\n'), { mode: 0o644 })
  chmodSync(unfinished, 0o644) // whatever the umask: the web program reads it
  renameSync(unfinished, file)
}
