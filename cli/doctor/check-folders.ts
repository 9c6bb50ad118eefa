import type { Stats } from 'node:fs'
import { stat } from 'node:fs/promises'
import { dataFolder } from '../../job/data-folder.ts'
import { type Check, fail, ok, warn } from './check.ts'

const NAME = 'folders'
const STICKY = 0o1000
const GROUP_WRITE = 0o020

/** Do the folders stand, and can nobody write where only the worker may? See docs/design.md "Data folder". */
export async function checkFolders(data: string): Promise<Check> {
  const folder = dataFolder(data)
  const root = await statOrNull(folder.root)
  if (root === null) return warn(NAME, `${data} does not exist yet`, 'The worker makes it when it starts.')
  if (!root.isDirectory()) return fail(NAME, `${data} is no folder`, 'Name another one with --data.')
  const spool = await statOrNull(folder.spool)
  if (spool === null) return warn(NAME, `${folder.spool} does not exist yet`, 'The worker makes it when it starts.')
  const problems = await Promise.all([
    problemsOf(folder.spool, 0o755, spool),
    problemsOf(folder.spoolTmp, 0o1770, spool),
    problemsOf(folder.spoolNew, 0o1770, spool),
    problemsOf(folder.state, 0o755, spool),
    problemsOf(folder.work, 0o711, spool),
    problemsOf(folder.rejected, 0o700, spool),
  ])
  if (problems.flat().length === 0) return ok(NAME, `${data}: all there, owners and modes as they should be`)
  return fail(
    NAME,
    problems.flat().join('; '),
    'Restart the worker: it makes what is missing and puts owners and modes right.',
  )
}

async function problemsOf(path: string, widest: number, spool: Stats): Promise<string[]> {
  const found = await statOrNull(path)
  if (found === null) return [`${path} is missing`]
  if (!found.isDirectory()) return [`${path} is no folder`]
  const mode = found.mode & 0o7777
  const problems: string[] = []
  if (found.uid !== spool.uid) problems.push(`${path} belongs to user ${found.uid}, not to ${spool.uid}`)
  if ((mode & ~widest & 0o777) !== 0) problems.push(`${path} has mode ${octal(mode)}, wider than ${octal(widest)}`)
  if ((mode & GROUP_WRITE) !== 0 && (mode & STICKY) === 0) problems.push(`${path} lacks the sticky bit`)
  return problems
}

async function statOrNull(path: string): Promise<Stats | null> {
  try {
    return await stat(path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}

const octal = (mode: number): string => mode.toString(8).padStart(4, '0')
