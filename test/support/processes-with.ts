import { readdirSync, readFileSync } from 'node:fs'

/** Processes of this machine, those in containers too, whose command line holds this text. @see proc(5) */
export function processesWith(text: string): { pid: number; command: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      const command = commandOf(pid)
      return command?.includes(text) ? [{ pid: Number(pid), command }] : []
    })
}

/** null: it has ended meanwhile. */
function commandOf(pid: string): string | null {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
  } catch {
    return null
  }
}
