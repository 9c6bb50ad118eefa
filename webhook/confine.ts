import { blindEnvironment, type WebProgram, webPermissionFlags } from '../config/web-permission.ts'
import { dataFolder } from '../job/data-folder.ts'
import { makeSpool } from '../job/make-spool.ts'
import type { Log } from './log.ts'

/** Node's own flags that a program which replaces itself keeps. */
const KEPT = process.execArgv

/** Replaces this process by itself under Node's permission model; `letterbox webhook` starts it so at once. Returns where
 *  the system cannot do that: then the program goes on unbound, and says so. @see execve(2) */
export async function confine(web: WebProgram, env: NodeJS.ProcessEnv, log: Log): Promise<void> {
  if (process.permission !== undefined) return
  if (process.execve === undefined) {
    log.warn({}, 'this system has no execve: the program runs without the bounds of the permission model')
    return
  }
  makeSpool(dataFolder(web.data)) // what hinders it is told by the program that then finds no spool
  const flags = await webPermissionFlags(web, env)
  const [, ...own] = process.argv
  process.execve(
    process.execPath,
    [process.execPath, ...KEPT, ...flags, ...own],
    web.blind ? blindEnvironment(env) : env,
  )
}
