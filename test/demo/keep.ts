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

function sayHowToLook({ letterbox, registry, git, engine }: Stage, show: Terminal): void {
  const command = (text: string) => `${LETTERBOX} ${text} ${letterbox.common.join(' ')}`
  show.act('it stays; look at it')
  show.fact('webhook', letterbox.url())
  show.fact('runs', command('runs'))
  show.fact('one run', command(`show ${git.host}/${SHOP}#1`))
  show.fact('its log', command(`logs ${git.host}/${SHOP}#1`))
  show.fact(
    'doctor',
    `env ${Object.entries(letterbox.secrets)
      .map(([name, value]) => `${name}='${value}'`)
      .join(' ')} ${command('doctor')}`,
  )
  show.fact(
    'registry',
    `curl --cacert ${registry.caFile} -u ${registry.username}:${registry.password} ${registry.url}/v2/_catalog`,
  )
  show.fact('engine', `DOCKER_HOST=${engine.host} docker images`)
  show.fact('git', `git clone ${git.url}/${SHOP}.git`)
  show.fact('stop', 'npm run demo -- --stop')
}
