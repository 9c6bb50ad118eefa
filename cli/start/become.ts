import { flushCompileCache } from 'node:module'
import { NODE_FLAGS, programFile } from './program-file.ts'

/** Replaces this process by a program: same process id, same terminal, nothing left in between that a signal could
 *  get stuck in. Does not return. @see execve(2) */
export function become(
  program: 'webhook' | 'worker',
  args: string[],
  bounds: { flags: string[]; env: NodeJS.ProcessEnv } = { flags: [], env: process.env },
): never {
  if (process.execve === undefined) throw new Error('this system has no execve')
  const flags = [...process.execArgv, ...NODE_FLAGS, ...bounds.flags]
  const argv = [process.execPath, ...flags, programFile(program), ...args]
  flushCompileCache() // at an exit it would be done for us
  return process.execve(process.execPath, argv, bounds.env)
}
