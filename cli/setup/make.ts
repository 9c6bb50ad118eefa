import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { dataFolder } from '../../job/data-folder.ts'
import { LetterboxError } from '../../job/letterbox-error.ts'
import { prepareDataFolder } from '../../job/prepare-data-folder.ts'
import type { Wanted } from './wanted.ts'

/** `kept`: it is there, and is the operator's. */
export type Done = 'made' | 'changed' | 'as it is' | 'kept'

/** Says how a thing is, and, unless it is a rehearsal, makes it as it should be. */
export async function make(wanted: Wanted, root: string, dryRun: boolean): Promise<Done> {
  switch (wanted.kind) {
    case 'folder':
      return makeFolder(wanted, join(root, wanted.path), dryRun)
    case 'file':
      return await makeFile(wanted, join(root, wanted.path), dryRun)
    case 'link':
      return makeLink(wanted, join(root, wanted.path), dryRun)
    case 'group':
      return await makeGroup(wanted, root, dryRun)
    case 'user':
      return await makeUser(wanted, root, dryRun)
    case 'data':
      return makeData(wanted, join(root, wanted.path), dryRun)
    case 'program':
      return await runProgram(wanted, root, dryRun)
    default:
      return wanted satisfies never
  }
}

type Of<K extends Wanted['kind']> = Extract<Wanted, { kind: K }>

function makeFolder({ mode, gid }: Of<'folder'>, path: string, dryRun: boolean): Done {
  const stat = statOrNull(path)
  if (stat !== null && !stat.isDirectory()) throw new SetupBlocked(`${path} is no folder`)
  if (stat !== null && (stat.mode & 0o7777) === mode && stat.gid === gid) return 'as it is'
  if (!dryRun) {
    mkdirSync(path, { recursive: true })
    chownSync(path, 0, gid)
    chmodSync(path, mode)
  }
  return stat === null ? 'made' : 'changed'
}

async function makeFile({ mode, gid, keep, text }: Of<'file'>, path: string, dryRun: boolean): Promise<Done> {
  const before = readOrNull(path)
  if (before !== null && keep) return 'kept'
  // a rehearsal cannot know what is made of files that are not there yet
  if (before === null && dryRun) return 'made'
  const wanted = await text()
  if (before === wanted) return 'as it is'
  if (!dryRun) writeWhole(path, wanted, mode, gid)
  return before === null ? 'made' : 'changed'
}

function writeWhole(path: string, text: string, mode: number, gid: number): void {
  mkdirSync(dirname(path), { recursive: true })
  const fresh = `${path}.letterbox-setup`
  writeFileSync(fresh, text, { mode: 0o600 })
  chownSync(fresh, 0, gid)
  chmodSync(fresh, mode)
  renameSync(fresh, path)
}

function makeLink({ target }: Of<'link'>, path: string, dryRun: boolean): Done {
  const stat = statOrNull(path)
  if (stat !== null) return stat.isSymbolicLink() && readlinkSync(path) === target ? 'as it is' : 'kept'
  if (!dryRun) {
    mkdirSync(dirname(path), { recursive: true })
    symlinkSync(target, path)
  }
  return 'made'
}

async function makeGroup({ name, gid }: Of<'group'>, root: string, dryRun: boolean): Promise<Done> {
  const groups = (readOrNull(join(root, 'etc/group')) ?? '').split('\n').map((line) => line.split(':'))
  if (groups.some(([known, , number]) => known === name && number === String(gid))) return 'as it is'
  const taken = groups.find(([known, , number]) => known === name || number === String(gid))
  if (taken !== undefined) throw new SetupBlocked(`the group ${taken[0]} has the number ${taken[2]}`, GROUP_HINT)
  if (!dryRun) await run(['groupadd', ...prefixed(root), '--gid', String(gid), '--', name])
  return 'made'
}

const GROUP_HINT = 'The web program needs a group of its own: --web-gid takes another number.'

async function makeUser({ name }: Of<'user'>, root: string, dryRun: boolean): Promise<Done> {
  const users = (readOrNull(join(root, 'etc/passwd')) ?? '').split('\n').map((line) => line.split(':')[0])
  if (users.includes(name)) return 'as it is'
  const home = ['--no-create-home', '--home-dir', '/nonexistent', '--shell', '/usr/sbin/nologin']
  if (!dryRun) await run(['useradd', ...prefixed(root), '--system', '--user-group', ...home, '--', name])
  return 'made'
}

function makeData({ webGid }: Of<'data'>, path: string, dryRun: boolean): Done {
  const isThere = statOrNull(join(path, 'spool')) !== null
  if (dryRun) return isThere ? 'as it is' : 'made'
  const repairs = prepareDataFolder(dataFolder(path), { webGid })
  if (!isThere) return 'made'
  return repairs.length > 0 ? 'changed' : 'as it is'
}

async function runProgram({ command, proof }: Of<'program'>, root: string, dryRun: boolean): Promise<Done> {
  if (statOrNull(join(root, proof)) !== null) return 'as it is'
  if (!dryRun) await run(command)
  return 'made'
}

/** useradd and groupadd work on the files below a folder. @see useradd(8) --prefix */
function prefixed(root: string): string[] {
  return root === '/' ? [] : ['--prefix', root]
}

async function run([program = '', ...args]: string[]): Promise<void> {
  const env = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' }
  const { failed, stderr } = await execa(program, args, { env, extendEnv: false, stdin: 'ignore', reject: false })
  if (failed) throw new SetupBlocked(`${program} failed: ${stderr?.trim() || 'it cannot be started'}`)
}

function statOrNull(path: string) {
  return lstatSync(path, { throwIfNoEntry: false }) ?? null
}

function readOrNull(path: string): string | null {
  return statSync(path, { throwIfNoEntry: false }) === undefined ? null : readFileSync(path, 'utf8')
}

/** Something stands in the way that setup does not take away. */
export class SetupBlocked extends LetterboxError {
  readonly code = 'SETUP_BLOCKED'
  readonly fault = 'theirs'
  constructor(problem: string, hint = 'Put it right and call setup again: what is done already stays done.') {
    super(problem, { hint })
  }
}
