import { userInfo } from 'node:os'
import { execa } from 'execa'
import { LetterboxError } from '../../job/letterbox-error.ts'
import { type Account, findAccount } from '../host-user/account.ts'
import { SYSTEM_PATH } from '../host-user/system-path.ts'

/** Whom a script runs as. `other`: not the worker itself, so the process must change. */
export type ScriptAccount = Account & { other: boolean; groups: number[] }

/** The account a script step names; without one the worker's own.
 *  @throws AccountNameInvalid, ScriptUserUnknown, ScriptUserForbidden */
export async function scriptAccount(name: string | undefined): Promise<ScriptAccount> {
  const { username, uid, gid, homedir } = userInfo()
  if (name === undefined) return { name: username, uid, gid, home: homedir, other: false, groups: [] }
  const account = await findAccount(name)
  if (account === null) throw new ScriptUserUnknown(name)
  if (account.uid === uid) return { ...account, other: false, groups: [] }
  if (uid !== 0) throw new ScriptUserForbidden(name, username)
  return { ...account, other: true, groups: await groupsOf(name) }
}

async function groupsOf(name: string): Promise<number[]> {
  const { stdout } = await execa('id', ['-G', '--', name], { env: { PATH: SYSTEM_PATH }, extendEnv: false })
  return stdout.trim().split(/\s+/).map(Number)
}

class ScriptUserUnknown extends LetterboxError {
  readonly code = 'SCRIPT_USER_UNKNOWN'
  readonly fault = 'theirs'
  constructor(user: string) {
    super(`the script cannot run as ${user}: this host has no such user`, {
      hint: `Make the account on the worker's host (useradd ${user}), or name another in the step's \`user\`.`,
    })
  }
}

class ScriptUserForbidden extends LetterboxError {
  readonly code = 'SCRIPT_USER_FORBIDDEN'
  readonly fault = 'theirs'
  constructor(user: string, worker: string) {
    super(`the script cannot run as ${user}: the worker runs as ${worker}, and only root may become another user`, {
      hint: 'Start the worker as root, or take `user` out of the step.',
    })
  }
}
