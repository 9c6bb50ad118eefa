import { readFileSync } from 'node:fs'

/** Resident memory of a process in MiB: now, and the most it ever had. */
export type Memory = { rssMiB: number; peakMiB: number }

/** Linux only. @see proc(5): VmRSS, VmHWM in /proc/pid/status */
export function memoryOf(pid: number): Memory {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const mib = (name: string) => {
    const kib = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]
    if (kib === undefined) throw new Error(`/proc/${pid}/status has no ${name}`)
    return Math.round(Number(kib) / 102.4) / 10
  }
  return { rssMiB: mib('VmRSS'), peakMiB: mib('VmHWM') }
}
