import { fork } from 'node:child_process'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isAlive } from '../support/is-alive.ts'
import { LETTERBOX } from '../support/program.ts'
import { until } from '../support/until.ts'
import { SHOP, type Stage } from './stage.ts'
import type { Terminal } from './terminal.ts'

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url))
const PID_FILE = join(tmpdir(), 'letterbox-demo.pid')

/** Plays the demo in a process of its own, which stays when we go: it holds the servers. */
export async function keepDemo(color: boolean): Promise<number> {
  const held = heldBy()
  if (held !== null) {
    console.error(`a demo is kept already (pid ${held}); end it with: npm run demo -- --stop`)
    return 1
  }
  const child = fork(MAIN, ['--hold'], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, LETTERBOX_DEMO_COLOR: color ? '1' : '0' },
  })
  child.stdout?.pipe(process.stdout)
  child.stderr?.pipe(process.stderr)
  process.on('SIGINT', () => child.kill('SIGTERM'))
  return await new Promise((resolve) => {
    child.on('exit', (code) => resolve(code ?? 1))
    child.on('message', () => {
      child.disconnect()
      child.unref()
      child.stdout?.destroy()
      child.stderr?.destroy()
      resolve(0)
    })
  })
}

/** The other side of `keepDemo`: says how to look at it, then waits for `--stop`. */
export async function holdDemo(stage: Stage, show: Terminal, stopped: Promise<void>): Promise<void> {
  writeFileSync(PID_FILE, String(process.pid))
  sayHowToLook(stage, show)
  // whoever reads our output goes now
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  process.send?.('kept')
  const clock = setInterval(() => {}, 60_000)
  await stopped
  clearInterval(clock)
  rmSync(PID_FILE, { force: true })
}

export async function stopDemo(show: Terminal): Promise<number> {
  const pid = heldBy()
  if (pid === null) {
    show.line('no demo is kept')
    return 0
  }
  process.kill(pid, 'SIGTERM')
  await until(() => !isAlive(pid), { what: `the demo (pid ${pid}) to end`, deadlineMs: 60_000 })
  show.good('the demo has ended; nothing is left behind')
  return 0
}

function heldBy(): number | null {
  if (!existsSync(PID_FILE)) return null
  const pid = Number.parseInt(readFileSync(PID_FILE, 'utf8'), 10)
  return Number.isInteger(pid) && isDemo(pid) ? pid : null
}

function isDemo(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(MAIN)
  } catch {
    return false
  }
}

function sayHowToLook(stage: Stage, show: Terminal): void {
  const { letterbox, registry, git } = stage
  const repository = `${git.host}/${SHOP}`
  const login = `-u ${registry.username}:${registry.password}`
  show.act('it stays; look at it')
  show.line('in a shell, once:')
  show.line(`  . ${writeEnvironment(stage)}`)
  show.line('then for example:')
  const commands = [
    'runs',
    `show ${repository}#1`,
    `logs ${repository}#2`,
    'doctor',
    `explain ${repository} --branch dev`,
  ]
  for (const command of [...commands, `trigger ${repository} --branch main --follow`])
    show.line(`  ${LETTERBOX} ${command}`)
  show.line(`  git clone ${git.url}/${SHOP}.git`)
  show.line(`  curl --cacert ${registry.caFile} ${login} ${registry.url}/v2/${SHOP}/tags/list`)
  show.line('  docker images')
  show.line()
  show.fact('webhook', letterbox.url())
  show.fact('stop', 'npm run demo -- --stop')
}

/** What the two programs have in their environment, for the reader's shell. */
function writeEnvironment({ folder, letterbox }: Stage): string {
  const file = join(folder, 'env')
  const variables = {
    ...letterbox.secrets,
    LETTERBOX_CONFIG: letterbox.configFile,
    LETTERBOX_DATA: letterbox.data.root,
  }
  const lines = Object.entries(variables).map(([name, value]) => `export ${name}='${value}'\n`)
  writeFileSync(file, lines.join(''), { mode: 0o600 })
  return file
}
