import { chown, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Step } from '../../config/schema.ts'
import { LetterboxError } from '../../job/letterbox-error.ts'
import { type Program, type ProgramEnd, ProgramNotStarted, runProgram } from '../host-user/run-program.ts'
import { SYSTEM_PATH } from '../host-user/system-path.ts'
import { factsEnvironment } from './environment.ts'
import type { Executor, StepContext } from './executor.ts'
import { legacyEnvironment } from './legacy-environment.ts'
import { type ScriptAccount, scriptAccount } from './script-account.ts'
import { withSecretFiles } from './secret-files.ts'
import { handSecrets } from './step-secrets.ts'
import { renderAll } from './step-variables.ts'

type ScriptStep = Extract<Step, { action: 'script' }>

/** Runs the operator's own program on the host, in the checkout or in an empty folder, as the user that the step
 *  names. It sees the facts, and nothing of the worker's environment. Its exit code is the verdict. */
export const script: Executor<ScriptStep> = async (step, context) => {
  const account = await scriptAccount(step.with.user)
  return withFolder(account, context, async (cwd) => {
    const handed = handSecrets(step.with.secrets, context)
    const env = { ...scriptEnvironment(step, account, context), ...handed.environment }
    const end = await withSecretFiles(handed.files, { account, run: context.run.id }, (paths) =>
      runAs(account, { argv: argvOf(step.with.run), cwd, env: { ...env, ...paths }, context }),
    )
    switch (end.kind) {
      case 'exit':
        if (end.leftProcesses) context.io.say('processes that the script left running in its group were ended')
        return { exitCode: end.exitCode, outputs: {} }
      case 'killed':
        throw new ScriptKilled(step.with.run[0] ?? '', end.signal)
      case 'stopped':
        throw context.io.signal.reason
      default:
        return end satisfies never
    }
  })
}

/** The list begins with the program: the schema refuses an empty one. */
function argvOf([program = '', ...args]: string[]): [string, ...string[]] {
  return [program, ...args]
}

async function withFolder<T>(
  account: ScriptAccount,
  context: StepContext,
  work: (cwd: string) => Promise<T>,
): Promise<T> {
  if (context.workspace !== null) return work(context.workspace.path)
  const folder = await mkdtemp(join(tmpdir(), 'letterbox-script-'))
  try {
    if (account.other) await chown(folder, account.uid, account.gid)
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function scriptEnvironment(step: ScriptStep, account: ScriptAccount, context: StepContext): Record<string, string> {
  return {
    PATH: SYSTEM_PATH,
    HOME: account.home,
    USER: account.name,
    LOGNAME: account.name,
    LANG: 'C.UTF-8',
    CI: 'true',
    ...(context.resumed && { LETTERBOX_RESUMED: '1' }),
    ...checkoutEnvironment(context),
    ...factsEnvironment(context.facts),
    ...withoutNul(legacyEnvironment(context)),
    ...renderAll(step.with.env, context),
  }
}

/** git refuses a checkout of another user; this one is ours, and its `.git` holds nothing of the repository's making. */
function checkoutEnvironment({ workspace }: StepContext): Record<string, string> {
  if (workspace === null) return {}
  return {
    LETTERBOX_WORKSPACE: workspace.path,
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'safe.directory',
    GIT_CONFIG_VALUE_0: workspace.path,
  }
}

function withoutNul(environment: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, value.replaceAll('\0', '')]))
}

type Running = Pick<Program, 'argv' | 'cwd' | 'env'> & { context: StepContext }

/** Another user gets its own groups, and the one that may pass to the checkout. @see setpriv(1) */
async function runAs(account: ScriptAccount, { argv, cwd, env, context }: Running): Promise<ProgramEnd> {
  const { signal, stdout, stderr } = context.io
  let lastWords = ''
  const program: Program = {
    argv,
    cwd,
    env,
    account: null,
    signal,
    stdout,
    stderr: (chunk) => {
      lastWords = (lastWords + Buffer.from(chunk).toString()).slice(-500)
      stderr(chunk)
    },
  }
  if (!account.other) return runProgram(program)
  const groups = [...new Set([...account.groups, ...(await workspaceGroup(context))])]
  const identity = [`--reuid=${account.uid}`, `--regid=${account.gid}`, `--groups=${groups.join(',')}`]
  const end = await runProgram({ ...program, argv: ['setpriv', ...identity, '--', ...argv] })
  const reason = startProblem(end, lastWords)
  if (reason !== null) throw new ProgramNotStarted(argv[0], reason)
  return end
}

async function workspaceGroup({ workspace }: StepContext): Promise<number[]> {
  if (workspace === null) return []
  const { gid } = await stat(workspace.path)
  return gid === 0 ? [] : [gid]
}

/** setpriv itself starts always; what it could not start it says in the C locale's words. */
function startProblem(end: ProgramEnd, lastWords: string): string | null {
  if (end.kind !== 'exit' || !/^setpriv: failed to execute /m.test(lastWords)) return null
  if (/No such file or directory/.test(lastWords)) return 'ENOENT'
  if (/Permission denied/.test(lastWords)) return 'EACCES'
  return /Exec format error/.test(lastWords) ? 'ENOEXEC' : 'EPERM'
}

class ScriptKilled extends LetterboxError {
  readonly code = 'SCRIPT_KILLED'
  readonly fault = 'theirs'
  constructor(program: string, signal: string) {
    super(`${program} was killed by ${signal}, not by Letterbox`, {
      hint: signal === 'SIGKILL' ? 'Did the machine run out of memory? See dmesg.' : 'See who sent the signal.',
    })
  }
}
