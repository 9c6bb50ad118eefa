import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'

/** How long a group has between TERM and KILL: what is canceled is gone within five seconds. */
const GRACE_MS = 3000
/** How long the kernel is given to take killed processes away. */
const KILL_WAIT_MS = 2000
const POLL_MS = 25

/** Ends a whole process group: TERM, and KILL for what is still there after the grace. Returns when it is gone. */
export async function endGroup(group: number, graceMs = GRACE_MS): Promise<void> {
  send(group, 'SIGTERM')
  if (await isGone(group, graceMs)) return
  send(group, 'SIGKILL')
  await isGone(group, KILL_WAIT_MS)
}

/** Waits until no process of the group lives, at most so long. */
export async function isGone(group: number, limitMs: number): Promise<boolean> {
  const end = performance.now() + limitMs
  while (await isLiving(group)) {
    if (performance.now() >= end) return false
    await pause(POLL_MS)
  }
  return true
}

function send(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-group, signal)
    return true
  } catch (error) {
    // ESRCH: nobody there. EPERM: somebody there who has become another user, and we are not root.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** A zombie answers signals for ever where process 1 reaps nothing (containers), so states are looked up. */
async function isLiving(group: number): Promise<boolean> {
  if (!send(group, 0)) return false
  const members = await readGroup(group)
  return members === null || members.some((state) => state !== 'Z' && state !== 'X')
}

/** The states of the group's processes; null where there is no /proc. @see proc(5) "/proc/pid/stat" */
async function readGroup(group: number): Promise<string[] | null> {
  const names = await readdir('/proc').catch(() => null)
  if (names === null) return null
  const processes = names.filter((name) => /^\d+$/.test(name))
  const stats = await Promise.all(processes.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null)))
  return stats.flatMap((stat) => {
    const [state, , processGroup] = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? []
    return state !== undefined && processGroup === String(group) ? [state] : []
  })
}
