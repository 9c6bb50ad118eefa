import { execa } from 'execa'
import { type Check, fail, ok } from './check.ts'

const NAME = 'git'
const OLDEST = [2, 39] as const

export async function checkGit(limitMs: number): Promise<Check> {
  const { stdout = '', failed } = await execa('git', ['--version'], { reject: false, timeout: limitMs })
  const version = /(\d+)\.(\d+)(?:\.\d+)*/.exec(stdout)
  const install = 'Debian, Ubuntu: apt-get install git'
  if (failed || version === null) return fail(NAME, 'git cannot be started', install)
  const [text, major, minor] = version
  const isNewEnough = Number(major) > OLDEST[0] || (Number(major) === OLDEST[0] && Number(minor) >= OLDEST[1])
  if (isNewEnough) return ok(NAME, `git ${text}`)
  return fail(NAME, `git ${text} is too old: ${OLDEST.join('.')} or newer is needed`, install)
}
