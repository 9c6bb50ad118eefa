import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isAlive } from './is-alive.ts'
import { leftProcesses } from './left-behind.ts'

/** A folder for all temporary files of this process and of those it starts, once it is their TMPDIR. Its name holds
 *  our pid; what a killed predecessor of the same prefix could not clear is cleared first. */
export function makeOwnTmp(prefix: string, say: (line: string) => void): string {
  for (const name of readdirSync(tmpdir()).filter((one) => one.startsWith(prefix))) {
    const owner = Number.parseInt(name.slice(prefix.length), 10)
    if (owner > 1 && !isAlive(owner)) clearTmp(join(tmpdir(), name), say)
  }
  const folder = mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-`))
  // others than root work in it, too
  chmodSync(folder, 0o1777)
  return folder
}

/** Ends the processes that still live for such a folder, and removes it. */
export function clearTmp(folder: string, say: (line: string) => void): void {
  for (const { pid, command } of leftProcesses(folder)) {
    say(`ending process ${pid}: ${command}`)
    process.kill(pid, 'SIGKILL')
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
}
