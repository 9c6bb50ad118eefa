import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { programFile } from '../start/program-file.ts'
import { NotKept, waitFor } from './wait-for.ts'

/** One of the two programs as a process of its own. */
export type Running = {
  ended(): boolean
  killed(): boolean
  /** The port in "listening", or null for "worker ready". @throws NotKept when it ends before */
  ready(): Promise<number | null>
  /** Resolves when it has ended by itself. */
  end(what: string, limitMs: number): Promise<void>
  stop(): Promise<void>
  lastWords(): string
}

const READY_MS = 40_000
const NEVER = new AbortController().signal

export function startProgram(
  program: 'webhook' | 'worker',
  args: string[],
  { env, signal }: { env: NodeJS.ProcessEnv; signal: AbortSignal },
): Running {
  const child = spawn(process.execPath, [programFile(program), ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const killWithUs = () => child.kill('SIGKILL')
  process.once('exit', killWithUs)
  child.once('exit', () => process.off('exit', killWithUs))
  const said: string[] = []
  child.on('error', (error) => said.push(String(error)))
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', (line) => said.push(line))
  const ended = () => hasEnded(child)
  const end = (what: string, limitMs: number) => waitFor(what, ended, { limitMs, signal })

  return {
    ended,
    end,
    killed: () => child.signalCode === 'SIGKILL',
    lastWords: () => said.slice(-3).join('\n'),
    async ready() {
      const find = () => said.find((line) => /"msg":"(?:listening|worker ready)"/.test(line))
      await waitFor(`the ${program} to be ready`, () => ended() || find() !== undefined, { limitMs: READY_MS, signal })
      const line = find()
      if (line === undefined) throw new NotKept(`the ${program} ended before it was ready: ${said.slice(-3).join(' ')}`)
      return Number(/"port":(\d+)/.exec(line)?.[1] ?? Number.NaN) || null
    },
    async stop() {
      if (ended()) return
      child.kill(signal.aborted ? 'SIGKILL' : 'SIGTERM')
      await waitFor(`the end of the ${program}`, ended, { limitMs: READY_MS, signal: NEVER })
    },
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null
}
