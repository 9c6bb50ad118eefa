import { stat } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { execa } from 'execa'
import { LetterboxError } from '../../job/letterbox-error.ts'
import { endGroup, isGone } from './process-group.ts'

export type Program = {
  /** program and arguments; never seen by a shell */
  argv: readonly [string, ...string[]]
  cwd: string
  /** all that the program sees; PATH in it is also where the program is looked for */
  env: Record<string, string>
  /** null: as the worker itself; otherwise without any supplementary group */
  account: { uid: number; gid: number } | null
  signal: AbortSignal
  limitMs?: number
  stdout(chunk: Uint8Array): void
  stderr(chunk: Uint8Array): void
}

/** `killed`: by somebody else (the kernel short of memory, an operator). `stopped`: by us. */
export type ProgramEnd =
  | { kind: 'exit'; exitCode: number; leftProcesses: boolean }
  | { kind: 'killed'; signal: string }
  | { kind: 'stopped'; why: 'signal' | 'limit' }

/** A program that ended leaves its output to be read for so long by processes of its group (a `tee`) before they end. */
const DRAIN_MS = 1000

/** Runs a program to its end, in a process group of its own; the whole group is gone when this returns.
 *  @throws ProgramNotStarted it is not there, not executable, or the account may not be taken */
export async function runProgram(program: Program): Promise<ProgramEnd> {
  if (program.signal.aborted) return { kind: 'stopped', why: 'signal' }
  const [file, ...args] = program.argv
  const child = execa(file, args, {
    cwd: program.cwd,
    env: program.env,
    extendEnv: false,
    ...(program.account ?? {}),
    detached: true,
    stdin: 'ignore',
    buffer: false,
    reject: false,
    encoding: 'buffer',
  })
  child.stdout.on('data', (chunk: Uint8Array) => program.stdout(chunk))
  child.stderr.on('data', (chunk: Uint8Array) => program.stderr(chunk))
  const { pid } = child
  if (pid === undefined) throw await notStarted(program, await child)
  const exited = new Promise<void>((done) => child.once('exit', () => done()))
  const stopped = await untilExit(pid, exited, program)
  const leftProcesses = stopped === null && (await endLeftovers(pid))
  // a process that left the group may still hold the pipes: it is not waited for
  const cut = setTimeout(() => {
    child.stdout.destroy()
    child.stderr.destroy()
  }, DRAIN_MS)
  const result = await child
  clearTimeout(cut)
  if (stopped !== null) return { kind: 'stopped', why: stopped }
  if (result.signal !== undefined) return { kind: 'killed', signal: result.signal }
  return { kind: 'exit', exitCode: result.exitCode ?? 0, leftProcesses }
}

/** Waits for the end, or brings it about when the signal fires or the time is over; says which. */
async function untilExit(pid: number, exited: Promise<void>, program: Program): Promise<'signal' | 'limit' | null> {
  const done = new AbortController()
  const ended = exited.then(() => null)
  const canceled = fired(program.signal, done.signal).then(() => 'signal' as const)
  const late = pause(program.limitMs ?? MAX_TIMER_MS, undefined, { signal: done.signal }).then(() => 'limit' as const)
  const first = await Promise.race([ended, canceled, late])
  done.abort()
  await Promise.allSettled([canceled, late])
  if (first === null) return null
  await endGroup(pid)
  await exited
  return first
}

/** The longest time a timer can hold, 24.8 days. */
const MAX_TIMER_MS = 2 ** 31 - 1

function fired(signal: AbortSignal, done: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => resolve(), { signal: done })
    done.addEventListener('abort', () => reject(done.reason), { once: true })
    if (signal.aborted) resolve()
  })
}

async function endLeftovers(group: number): Promise<boolean> {
  if (await isGone(group, DRAIN_MS)) return false
  await endGroup(group)
  return true
}

async function notStarted(program: Program, failure: { code?: string | undefined; shortMessage?: string }) {
  const folder = await stat(program.cwd).catch(() => null)
  const code = folder?.isDirectory() ? (failure.code ?? 'unknown') : 'ENOTDIR'
  return new ProgramNotStarted(program.argv[0], code, { cause: failure })
}

/** `reason` is the system's error name: ENOENT, EACCES, EPERM, ENOEXEC, …; ENOTDIR for a missing working folder. */
export class ProgramNotStarted extends LetterboxError {
  readonly code = 'PROGRAM_NOT_STARTED'
  readonly fault = 'theirs'
  readonly file: string
  readonly reason: string
  constructor(file: string, reason: string, options: { cause?: unknown } = {}) {
    const known = START_PROBLEMS[reason]
    super(`${file} could not be started: ${known?.what ?? reason}`, { hint: known?.hint, ...options })
    this.file = file
    this.reason = reason
  }
}

const START_PROBLEMS: Record<string, { what: string; hint: string }> = {
  ENOENT: {
    what: 'there is no such program (or the interpreter in its first line is missing)',
    hint: 'Give the full path of a program that is on the host, and see that its first line (#!…) names one too.',
  },
  EACCES: {
    what: 'it may not be executed',
    hint: 'Make it executable (chmod +x), and see that the user may enter every folder above it.',
  },
  ENOEXEC: {
    what: 'it is no program that the system can execute',
    hint: 'Begin a script with a line like #!/bin/sh.',
  },
  EPERM: {
    what: 'the worker may not become that user',
    hint: 'Only a worker that runs as root can run programs as another user.',
  },
  ENOTDIR: {
    what: 'its working folder does not exist',
    hint: 'The folder was removed while the run was going on: look for who cleans the data folder.',
  },
  E2BIG: { what: 'its arguments and environment are too long', hint: 'Pass less text in env.' },
}
