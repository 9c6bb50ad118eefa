import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { freshFolder } from '../support/fresh-folder.ts'
import { isAlive } from '../support/is-alive.ts'
import { LETTERBOX, startProgram } from '../support/program.ts'
import { until } from '../support/until.ts'

const CONFIG = `
worker: { user: nobody }
repositories:
  github.com/acme/shop:
    secret: { env: SHOP_SECRET }
    triggers: [{ on: push, steps: [{ build: { image: acme/shop } }] }]
`

suite('the one command', () => {
  test('a link to it works from anywhere', async (t) => {
    const folder = freshFolder(t)
    symlinkSync(LETTERBOX, join(folder, 'letterbox'))
    assert.match(await said(spawn(join(folder, 'letterbox'), ['--version'], { cwd: folder })), /^\d+\.\d+\.\d+\n$/)
  })

  test('webhook becomes its program: the process that was started is the one that listens', async (t) => {
    const program = startProgram(['webhook', '--port', '0', ...options(freshFolder(t))], environment())
    const { pid } = await program.said('that it listens', ({ msg }) => msg === 'listening')
    assert.equal(pid, program.pid)
    assert.deepEqual(childrenOf(program.pid), [])
    await program.kill9()
    assert.equal(isAlive(program.pid), false)
  })

  test('up starts both, passes a stop on to them, and leaves nothing', async (t) => {
    const program = startProgram(['up', '--port', '0', ...options(freshFolder(t))], environment())
    await program.said('that it listens', ({ msg }) => msg === 'listening')
    await program.said('that the worker is ready', ({ msg }) => msg === 'worker ready')
    const children = childrenOf(program.pid)
    assert.equal(children.length, 2)
    assert.equal(await program.stop(), 0)
    assert.deepEqual(children.filter(isAlive), [])
  })

  test('when one of both ends, up stops the other and ends with the worse exit code', async (t) => {
    const program = startProgram(['up', '--port', '0', ...options(freshFolder(t))], environment())
    await program.said('that it listens', ({ msg }) => msg === 'listening')
    const worker = await program.said('that the worker is ready', ({ msg }) => msg === 'worker ready')
    process.kill(Number(worker.pid), 'SIGKILL')
    assert.equal(await program.ended(), 128 + 9)
    assert.deepEqual(childrenOf(program.pid), [])
  })

  test('a program that cannot start says why and ends with 1', async (t) => {
    const folder = freshFolder(t)
    const args = ['worker', '--config', join(folder, 'none.yaml'), '--data', join(folder, 'data')]
    const program = startProgram(args, environment())
    assert.equal(await program.ended(), 1)
    assert.match(program.output(), /none\.yaml/)
  })

  test('worker --once ends by itself when there is nothing to do', async (t) => {
    const program = startProgram(['worker', '--once', ...options(freshFolder(t))], environment())
    assert.equal(await program.ended(), 0)
  })
})

function options(folder: string): string[] {
  chmodSync(folder, 0o755) // the unprivileged user of git passes through
  writeFileSync(join(folder, 'config.yaml'), CONFIG)
  return ['--config', join(folder, 'config.yaml'), '--data', join(folder, 'data')]
}

function environment(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, HOME: process.env.HOME, SHOP_SECRET: 'hush' }
}

async function said(child: ChildProcess): Promise<string> {
  const chunks: string[] = []
  child.stdout?.on('data', (chunk) => chunks.push(String(chunk)))
  await until(() => child.exitCode !== null, { what: 'the command to end' })
  return chunks.join('')
}

/** @see proc(5) "/proc/pid/stat": the parent is the second field after the name */
function childrenOf(pid: number): number[] {
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return processes.map(Number).filter((candidate) => parentOf(candidate) === pid)
}

function parentOf(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    return null // it has ended meanwhile
  }
}
