import type { Git } from './git.ts'
import { GitMissing } from './source-errors.ts'

/** The first with GIT_CONFIG_COUNT, which keeps tokens out of argument lists. */
const OLDEST = [2, 31] as const

/** @throws GitMissing when git is not there or too old */
export async function checkGitVersion(git: Git, cwd: string): Promise<void> {
  const { stdout } = await git({ args: ['version'], cwd, signal: AbortSignal.timeout(20_000), limitMs: 20_000 })
  const [, major = '0', minor = '0'] = /(\d+)\.(\d+)/.exec(stdout) ?? []
  const isOld = Number(major) < OLDEST[0] || (Number(major) === OLDEST[0] && Number(minor) < OLDEST[1])
  if (isOld) throw new GitMissing(`${major}.${minor}`, OLDEST.join('.'))
}
