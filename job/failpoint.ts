import { existsSync, writeFileSync } from 'node:fs'
import { isTransition, type Transition } from './transitions.ts'

/** What is armed in this process. The one state of its kind that lives in a module: a failpoint must be callable from
 *  everywhere without being handed through every room, and costs one comparison where nothing is armed. */
let armed: { name: Transition; passings: number; onceFile: string | null } | null = null

/** A named place at which the kill sweep may end this process as a power cut would. Does nothing unless armed. */
export function failpoint(name: Transition): void {
  if (armed === null || armed.name !== name) return
  armed.passings -= 1
  if (armed.passings > 0) return
  if (armed.onceFile !== null) writeFileSync(armed.onceFile, `${name}\n`)
  process.kill(process.pid, 'SIGKILL')
}

/** For the two `main.ts`, before anything else. `LETTERBOX_FAILPOINT=<transition>[:<nth>]` kills this process (SIGKILL) at
 *  the nth passing, by default the first. `LETTERBOX_FAILPOINT_ONCE=<file>`: is made just before, and while it is there
 *  nothing is armed, so that a program restarted with the same environment lives. Returns what is armed, for the log.
 *  @throws TypeError for a name that is no transition */
export function armFailpoints(env: NodeJS.ProcessEnv): Transition | null {
  const text = env.LETTERBOX_FAILPOINT
  const onceFile = env.LETTERBOX_FAILPOINT_ONCE || null
  armed = null
  if (text === undefined || text === '' || (onceFile !== null && existsSync(onceFile))) return null
  const [, name = '', nth = '1'] = /^([a-z-]+)(?::([1-9]\d{0,5}))?$/.exec(text) ?? []
  if (!isTransition(name)) throw new TypeError(`LETTERBOX_FAILPOINT must be <transition>[:<nth>], not ${text}`)
  armed = { name, passings: Number(nth), onceFile }
  return name
}
