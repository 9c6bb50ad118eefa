import { type ChildProcess, spawn } from 'node:child_process'
import { constants } from 'node:os'
import { NODE_FLAGS, programFile } from './program-file.ts'

const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Runs webhook and worker side by side with this terminal until both have ended. When one ends, the other is asked
 *  to end too (neither is restarted: that is the business of whoever started us). Resolves with the worse exit code;
 *  a program ended by a signal counts 128 + its number, as in a shell. `webFlags` bound the web program. */
export async function runBoth(args: { webhook: string[]; worker: string[]; webFlags: string[] }): Promise<number> {
  const children = [start('webhook', args.webhook, args.webFlags), start('worker', args.worker, [])]
  let areStopping = false
  const forward = (signal: NodeJS.Signals) => {
    areStopping = true
    if (!heardItself(signal)) stopAll(children, signal)
  }
  // told twice to end, a program would think we are in a hurry
  const stopTheOther = () => {
    if (!areStopping) stopAll(children, 'SIGTERM')
    areStopping = true
  }
  for (const signal of FORWARDED) process.on(signal, forward)
  try {
    const codes = await Promise.all(children.map((child) => ended(child).finally(stopTheOther)))
    return Math.max(...codes)
  } finally {
    for (const signal of FORWARDED) process.off(signal, forward)
  }
}

function start(program: 'webhook' | 'worker', args: string[], flags: string[]): ChildProcess {
  const nodeFlags = [...process.execArgv, ...NODE_FLAGS, ...flags]
  return spawn(process.execPath, [...nodeFlags, programFile(program), ...args], { stdio: 'inherit' })
}

/** Ctrl-C in a terminal reaches the children without us. */
function heardItself(signal: NodeJS.Signals): boolean {
  return signal === 'SIGINT' && process.stdin.isTTY
}

function stopAll(children: ChildProcess[], signal: NodeJS.Signals): void {
  for (const child of children) {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal)
  }
}

function ended(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])))
  })
}
