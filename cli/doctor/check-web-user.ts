import { readFile, stat } from 'node:fs/promises'
import { dataFolder } from '../../job/data-folder.ts'
import { type Check, ok, warn, wordsOf } from './check.ts'

const NAME = 'web user'

/** Who but root may hand job files over: the group of `spool/new`. */
export async function checkWebUser(data: string): Promise<Check> {
  const folder = dataFolder(data).spoolNew
  try {
    const { gid } = await stat(folder)
    if (gid !== 0) return ok(NAME, `group ${await groupName(gid)} may write job files`)
    return warn(
      NAME,
      `only root may write to ${folder}, so the webhook program must run as root`,
      'Give it a user of its own and start the worker with LETTERBOX_WEB_GID: "Two users" in docs/operating.md.',
    )
  } catch (error) {
    const message = `nobody can hand job files over: ${wordsOf(error)}`
    return warn(NAME, message, 'The worker makes the spool when it starts.')
  }
}

async function groupName(gid: number): Promise<string> {
  const groups = await readFile('/etc/group', 'utf8')
  const line = groups.split('\n').find((line) => line.split(':')[2] === String(gid))
  return line?.split(':')[0] ?? String(gid)
}
