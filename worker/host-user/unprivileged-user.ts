import { userInfo } from 'node:os'
import { execa } from 'execa'
import { LetterboxError } from '../../job/letterbox-error.ts'
import { type Account, findAccount } from './account.ts'
import { SYSTEM_PATH } from './system-path.ts'

/** Whom git runs as. */
export type UnprivilegedUser = Account & {
  /** whether this start made the account */
  created: boolean
  /** false when the worker is not root: then the account is the worker's own, and nothing separates the two */
  separate: boolean
}

/** Finds the account that git and everything that unpacks a repository runs as, or makes it: a system account
 *  without home, shell and password. A worker that is not root cannot change users: it gets its own account and
 *  `separate: false`, which the caller should tell the operator.
 *  @throws AccountNameInvalid, UserUnusable (root's own number, or it cannot be made) */
export async function ensureUser(name: string): Promise<UnprivilegedUser> {
  if (process.getuid?.() !== 0) return ownAccount()
  const found = await findAccount(name)
  const account = found ?? (await createAccount(name))
  if (account.uid === 0 || account.gid === 0)
    throw new UserUnusable(name, `it has the numbers of root (uid ${account.uid}, gid ${account.gid})`)
  return { ...account, created: found === null, separate: true }
}

function ownAccount(): UnprivilegedUser {
  const { username, uid, gid, homedir } = userInfo()
  return { name: username, uid, gid, home: homedir, created: false, separate: false }
}

async function createAccount(name: string): Promise<Account> {
  const problems: string[] = []
  for (const [program, args] of waysToCreate(name)) {
    const ended = await execa(program, args, {
      env: { PATH: SYSTEM_PATH },
      extendEnv: false,
      reject: false,
      stdin: 'ignore',
    })
    const account = await findAccount(name)
    if (account !== null) return account
    problems.push(`${program}: ${ended.stderr?.trim() || ended.shortMessage || 'made no account'}`)
  }
  throw new UserUnusable(name, `it does not exist and could not be made: ${problems.join('; ')}`)
}

/** shadow's useradd(8) first; busybox's adduser where there is no shadow (Alpine). */
function waysToCreate(name: string): [string, string[]][] {
  const home = ['--no-create-home', '--home-dir', '/nonexistent', '--shell', '/usr/sbin/nologin']
  return [
    ['useradd', ['--system', '--user-group', ...home, '--', name]],
    ['adduser', ['-S', '-D', '-H', '-h', '/nonexistent', '-s', '/sbin/nologin', name]],
  ]
}

class UserUnusable extends LetterboxError {
  readonly code = 'USER_UNUSABLE'
  readonly fault = 'theirs'
  constructor(account: string, reason: string) {
    super(`git cannot run as the user ${account}: ${reason}`, {
      hint: 'Set worker.user to an unprivileged account, or make one: useradd --system --shell /usr/sbin/nologin letterbox',
    })
  }
}
