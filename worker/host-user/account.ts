import { execa } from 'execa'
import { LetterboxError } from '../../job/letterbox-error.ts'
import { SYSTEM_PATH } from './system-path.ts'

/** An account of this host. */
export type Account = { name: string; uid: number; gid: number; home: string }

/** The account with this name, by getent(1), so that LDAP and friends count; null when there is none.
 *  @throws AccountNameInvalid */
export async function findAccount(name: string): Promise<Account | null> {
  if (!ACCOUNT_NAME.test(name)) throw new AccountNameInvalid(name)
  const { exitCode, stdout } = await execa('getent', ['passwd', name], {
    env: { PATH: SYSTEM_PATH },
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
  })
  return exitCode === 0 ? parseLine(stdout) : null
}

/** What useradd(8) takes on Debian, without the trailing `$` of Samba. */
const ACCOUNT_NAME = /^[a-z_][a-z0-9_-]{0,31}$/

/** @see passwd(5) */
function parseLine(line: string): Account | null {
  const [name, , uid, gid, , home] = line.split('\n')[0]?.split(':') ?? []
  if (!name || !/^\d+$/.test(uid ?? '') || !/^\d+$/.test(gid ?? '')) return null
  return { name, uid: Number(uid), gid: Number(gid), home: home || '/nonexistent' }
}

class AccountNameInvalid extends LetterboxError {
  readonly code = 'ACCOUNT_NAME_INVALID'
  readonly fault = 'theirs'
  constructor(account: string) {
    super(`${JSON.stringify(account)} is no name of a user account`, {
      hint: 'A name has at most 32 lower-case letters, digits, "-" and "_", and begins with a letter or "_".',
    })
  }
}
