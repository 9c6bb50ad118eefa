import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { endWithUs } from './end-with-us.ts'
import { until } from './until.ts'

export const LETTERBOX = fileURLToPath(new URL('../../bin/letterbox', import.meta.url))

export type LogLine = Record<string, unknown> & { msg?: unknown }

/** A program of Letterbox as a process of its own, with what it has said so far. */
export type Program = {
  pid: number
  lines(): LogLine[]
  /** everything it wrote, both streams in the order of arrival */
  output(): string
  /** The first log line that fits. @throws when the program ends before, or at the deadline */
  said(what: string, fits: (line: LogLine) => boolean, deadlineMs?: number): Promise<LogLine>
  /** SIGTERM; resolves with the exit code, null when a signal ended it */
  stop(): Promise<number | null>
  /** SIGKILL: what a crash or a power cut looks like to the rest */
  kill9(): Promise<void>
  /** Resolves when it has ended by itself. */
  ended(deadlineMs?: number): Promise<number | null>
  running(): boolean
}

export function startProgram(args: string[], env: NodeJS.ProcessEnv): Program {
  const child = endWithUs(spawn(LETTERBOX, args, { env, stdio: ['ignore', 'pipe', 'pipe'] }))
  const lines: LogLine[] = []
  const said: string[] = []
  child.on('error', (error) => said.push(String(error)))
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', (line) => {
      said.push(line)
      const parsed = parseLogLine(line)
      if (parsed !== null) lines.push(parsed)
    })
  const name = `letterbox ${args[0]}`
  const describe = () => `${name} said:\n${said.slice(-30).join('\n')}`
  return {
    pid: child.pid ?? 0,
    lines: () => [...lines],
    output: () => said.join('\n'),
    running: () => !hasEnded(child),
    said: async (what, fits, deadlineMs = 40_000) => {
      const found = () => lines.find(fits) ?? (hasEnded(child) ? 'ended' : null)
      const line = await until(found, { what: `${name} to say ${what}`, deadlineMs, describe })
      if (line === 'ended') throw new Error(`${name} ended before it said ${what}; ${describe()}`)
      return line
    },
    stop: async () => {
      child.kill('SIGTERM')
      return await untilEnded(child, `${name} to end after SIGTERM`, 45_000, describe)
    },
    kill9: async () => {
      child.kill('SIGKILL')
      await untilEnded(child, `${name} to be killed`, 10_000, describe)
    },
    ended: (deadlineMs = 60_000) => untilEnded(child, `${name} to end`, deadlineMs, describe),
  }
}

async function untilEnded(child: ChildProcess, what: string, deadlineMs: number, describe: () => string) {
  await until(() => hasEnded(child), { what, deadlineMs, describe })
  return child.exitCode
}

function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null
}

function parseLogLine(line: string): LogLine | null {
  if (!line.startsWith('{')) return null
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}
