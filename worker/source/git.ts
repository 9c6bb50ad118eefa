import { dirname } from 'node:path'
import { ProgramNotStarted, runProgram } from '../host-user/run-program.ts'
import { SYSTEM_PATH } from '../host-user/system-path.ts'
import { classifyGitFailure, type GitTrouble, lastWords } from './git-failure.ts'
import type { RemoteAccess } from './remote-access.ts'
import { GitFailed, GitMissing } from './source-errors.ts'

type GitCall = {
  /** values of others stand behind `--` or in a refspec */
  args: readonly [string, ...string[]]
  cwd: string
  signal: AbortSignal
  limitMs: number
  /** closed to every transport when left out */
  access?: Pick<RemoteAccess, 'protocols' | 'config' | 'env' | 'secrets'>
  /** exit codes that are answers, not failures; default only 0 */
  answers?: number[]
}

type GitAnswer = { exitCode: number; stdout: string }

/** Runs git; see createGit.
 *  @throws the signal's reason when it fired, GitTroubled (also over the limit), GitMissing, GitFailed */
export type Git = (call: GitCall) => Promise<GitAnswer>

/** git said no; `trouble` says whose it is. The caller knows the remote's address and makes the typed error. */
export class GitTroubled extends GitFailed {
  readonly trouble: GitTrouble
  constructor(command: string, said: string, trouble: GitTrouble) {
    super(command, said)
    this.trouble = trouble
  }
}

type GitDeps = {
  account: { uid: number; gid: number } | null
  /** an empty folder: nobody's config is read */
  home: string
  /** of the worker; only the names that proxies and certificates go by are passed on */
  environment: Record<string, string | undefined>
}

/** git as the unprivileged user, with everything off that would run what a repository or this host brings: hooks,
 *  filters (they need user or system config), file system monitors, credential helpers, prompts, redirections. */
export function createGit(deps: GitDeps): Git {
  return async (call) => {
    const output = { stdout: '', stderr: '' }
    const end = await runProgram({
      argv: ['git', ...call.args],
      cwd: call.cwd,
      env: gitEnvironment(deps, call),
      account: deps.account,
      signal: call.signal,
      limitMs: call.limitMs,
      stdout: collect((text) => {
        if (output.stdout.length < MAX_OUTPUT) output.stdout += text
      }),
      stderr: collect((text) => {
        output.stderr = (output.stderr + text).slice(-MAX_OUTPUT)
      }),
    }).catch((error) => {
      throw error instanceof ProgramNotStarted && error.reason === 'ENOENT'
        ? new GitMissing(null, '', { cause: error })
        : error
    })
    const [command] = call.args
    const stderr = masked(output.stderr, call.access?.secrets ?? [])
    if (end.kind === 'stopped') throw stopReason(end.why, command, call)
    if (end.kind === 'killed') throw new GitFailed(command, `it was killed by ${end.signal}`)
    if (!(call.answers ?? [0]).includes(end.exitCode)) throw troubled(command, stderr)
    return { exitCode: end.exitCode, stdout: output.stdout }
  }
}

const MAX_OUTPUT = 256 * 1024

function collect(add: (text: string) => void): (chunk: Uint8Array) => void {
  const decoder = new TextDecoder()
  return (chunk) => add(decoder.decode(chunk, { stream: true }))
}

function troubled(command: string, stderr: string): GitTroubled {
  return new GitTroubled(command, lastWords(stderr), classifyGitFailure(stderr))
}

function stopReason(why: 'signal' | 'limit', command: string, call: GitCall): unknown {
  if (why === 'signal') return call.signal.reason
  const said = `it did not end within ${Math.round(call.limitMs / 1000)} s`
  return new GitTroubled(command, said, call.access === undefined ? 'local' : 'unavailable')
}

function masked(text: string, secrets: string[]): string {
  return secrets.reduce((all, secret) => (secret === '' ? all : all.replaceAll(secret, '***')), text)
}

/** @see git(1) "ENVIRONMENT VARIABLES", git-config(1) */
function gitEnvironment(deps: GitDeps, call: GitCall): Record<string, string> {
  const protocols = call.access?.protocols ?? []
  const config: [string, string][] = [
    ...ALWAYS,
    ...protocols.map((protocol): [string, string] => [`protocol.${protocol}.allow`, 'always']),
    ...(call.access?.config ?? []),
  ]
  return {
    ...passedOn(deps.environment),
    PATH: SYSTEM_PATH,
    HOME: deps.home,
    LANG: 'C.UTF-8',
    LC_ALL: 'C.UTF-8',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ALLOW_PROTOCOL: protocols.join(':'),
    GIT_LFS_SKIP_SMUDGE: '1',
    GIT_OPTIONAL_LOCKS: '0',
    // never takes a repository further up for a damaged one
    GIT_CEILING_DIRECTORIES: dirname(call.cwd),
    ...call.access?.env,
    ...numbered(config),
  }
}

const ALWAYS: [string, string][] = [
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', 'false'],
  ['core.attributesFile', '/dev/null'],
  ['credential.helper', ''],
  ['protocol.allow', 'never'],
  ['submodule.recurse', 'false'],
  ['fetch.recurseSubmodules', 'false'],
  ['http.followRedirects', 'false'],
  // a remote that sends nothing at all for two minutes hangs; while it counts objects it sends keepalives
  ['http.lowSpeedLimit', '1'],
  ['http.lowSpeedTime', '120'],
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
  ['init.defaultBranch', 'main'],
  ['advice.detachedHead', 'false'],
  ['log.showSignature', 'false'],
]

function numbered(config: [string, string][]): Record<string, string> {
  const pairs = config.flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, key],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ])
  return { ...Object.fromEntries(pairs), GIT_CONFIG_COUNT: String(config.length) }
}

const PASSED_ON = ['https_proxy', 'http_proxy', 'no_proxy', 'HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY', 'GIT_SSL_CAINFO']

function passedOn(environment: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    PASSED_ON.flatMap((name) => {
      const value = environment[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}
