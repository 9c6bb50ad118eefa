import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type ClientRequest, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, describe, it } from 'node:test'
import { z } from 'zod'
import { type DataFolder, dataFolder } from '../../job/data-folder.ts'
import type { WorkerState } from '../../job/worker-state.ts'
import { fixture, signed } from '../fixtures/deliveries/fixtures.ts'
import { CONFIG, ENV } from './webhook-under-test.ts'

const main = join(import.meta.dirname, '../../webhook/main.ts')
const update = fixture('github', 'push-update')

const Check = z.strictObject({ ok: z.boolean(), why: z.string().nullable() })
const Readiness = z.strictObject({
  ready: z.boolean(),
  spool: Check,
  worker: Check,
  config: Check,
  disk: Check,
  secrets: Check,
  permission: z.boolean(),
  blind: z.boolean(),
})

describe('the webhook program', () => {
  let root: string
  let folder: DataFolder
  let config: string
  const started: ChildProcess[] = []

  before(() => {
    root = mkdtempSync(join(tmpdir(), 'letterbox-webhook-'))
  })
  beforeEach((context) => {
    const own = join(root, String(context.name.length), String(started.length))
    folder = dataFolder(join(own, 'data'))
    config = join(own, 'config.yaml')
    mkdirSync(folder.state, { recursive: true })
    writeFileSync(config, CONFIG)
  })
  after(() => {
    for (const child of started) child.kill('SIGKILL')
    rmSync(root, { recursive: true, force: true })
  })

  function run(args: string[], env: NodeJS.ProcessEnv = ENV) {
    const child = spawn(process.execPath, [main, ...args], { env: { PATH: process.env.PATH, ...env } })
    started.push(child)
    const output = { stdout: '', stderr: '' }
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output.stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output.stderr += text
    })
    const lines = () =>
      output.stdout
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line))
    const ended = once(child, 'close').then(([code]) => code)
    return { child, output, lines, ended }
  }

  async function listening(env: NodeJS.ProcessEnv = ENV) {
    const program = run(['--config', config, '--data', folder.root, '--port', '0'], env)
    const line = await until(() => program.lines().find(({ msg }) => msg === 'listening'), program.output)
    assert.equal(line.host, '127.0.0.1')
    const url = `http://127.0.0.1:${line.port}`
    const readyz = async () => {
      const response = await fetch(`${url}/readyz`)
      return { status: response.status, json: Readiness.parse(await response.json()) }
    }
    const post = () =>
      fetch(`${url}/hooks`, { method: 'POST', headers: signed(update), body: new Uint8Array(update.body) })
    return { ...program, url, port: Number(line.port), readyz, post }
  }

  function workerSeen(agoMs: number): void {
    const state: WorkerState = {
      version: '0.1.0',
      pid: 1,
      aliveSince: new Date(0).toISOString(),
      seenAt: new Date(Date.now() - agoMs).toISOString(),
      queued: 0,
      running: 0,
      outbox: 0,
      config: { file: config, active: 'x', loadedAt: new Date(0).toISOString(), refused: null },
    }
    writeFileSync(folder.workerState, JSON.stringify(state))
  }

  it('makes its spool, takes a delivery, and stops when asked', async () => {
    const program = await listening()
    const answer = await program.post()
    assert.equal(answer.status, 202)
    assert.equal(readdirSync(folder.spoolNew).length, 1)
    program.child.kill('SIGTERM')
    assert.equal(await program.ended, 0)
    assert.equal(program.output.stderr, '')
  })

  it('is alive at once, and ready when the worker was seen in the last three minutes', async () => {
    const { url, readyz } = await listening()
    assert.equal((await fetch(`${url}/healthz`)).status, 200)
    const facts = []
    for (const agoMs of [null, 4 * 60_000, 1000]) {
      if (agoMs !== null) workerSeen(agoMs)
      const { status, json } = await readyz()
      facts.push([status, json.ready, json.spool.ok, json.worker.ok])
    }
    assert.deepEqual(facts, [
      [503, false, true, false],
      [503, false, true, false],
      [200, true, true, true],
    ])
    writeFileSync(folder.workerState, '{"seenAt":')
    assert.equal((await readyz()).status, 503)
    workerSeen(0)
    rmSync(folder.spoolNew, { recursive: true })
    const { status, json } = await readyz()
    assert.deepEqual([status, json.spool.ok, json.worker.ok], [503, false, true])
  })

  it('goes on without the secret that is missing, and says so by its name alone', async () => {
    workerSeen(0)
    const { FIXTURE_SECRET: _, ...env } = ENV
    const { readyz, post, lines } = await listening(env)
    assert.ok(lines().some((line) => line.level === 50 && JSON.stringify(line).includes('FIXTURE_SECRET')))
    assert.equal((await post()).status, 401)
    const { status, json } = await readyz()
    assert.deepEqual([status, json.secrets.ok], [200, false])
    assert.ok(!JSON.stringify(json).includes('FIXTURE_SECRET'))
  })

  it('follows a changed config, and keeps the good one when the new one is bad', async () => {
    const { post, readyz, output } = await listening()
    writeFileSync(config, CONFIG.replace('Codertocat', 'Somebody'))
    await until(async () => ((await post()).status === 401 ? true : undefined), output)
    writeFileSync(config, 'repositories: [')
    await until(async () => ((await readyz()).json.config.ok === false ? true : undefined), output)
    assert.equal((await post()).status, 401)
    writeFileSync(config, CONFIG)
    await until(async () => ((await post()).status === 401 ? undefined : true), output)
  })

  it('finishes the delivery in hand before it stops', async () => {
    const program = await listening()
    const answered = Promise.withResolvers<number | undefined>()
    const req: ClientRequest = request(
      {
        port: program.port,
        method: 'POST',
        path: '/hooks',
        headers: { ...signed(update), 'content-length': update.body.length },
      },
      (res) => answered.resolve(res.resume().statusCode),
    )
    req.on('error', answered.reject)
    req.write(update.body.subarray(0, 10))
    await once(req, 'socket')
    await until(async () => ((await program.readyz()).status ? true : undefined), program.output)
    program.child.kill('SIGTERM')
    await until(() => program.lines().find(({ msg }) => msg === 'webhook stops'), program.output)
    req.end(update.body.subarray(10))
    assert.equal(await answered.promise, 202)
    assert.equal(await program.ended, 0)
  })

  it('does not start with a config that is refused, and shows where it is wrong', async () => {
    writeFileSync(config, CONFIG.replace('trustedProxies', 'trustedProxy'))
    const program = run(['--config', config, '--data', folder.root, '--port', '0'])
    assert.equal(await program.ended, 1)
    assert.match(program.output.stderr, /config\.yaml:2:\d+ +error/)
    assert.match(program.output.stderr, /trustedProxies/)
  })

  it('does not start on a port that is taken, and says so', async () => {
    const { port } = await listening()
    const program = run(['--config', config, '--data', folder.root, '--port', String(port)])
    assert.equal(await program.ended, 1)
    assert.match(program.output.stderr, /EADDRINUSE/)
  })

  it('ends with 2 when it is called wrongly', async () => {
    const program = run(['--prot', '1'])
    assert.equal(await program.ended, 2)
    assert.match(program.output.stderr, /--port/)
  })

  it('imports nothing that could run a program', () => {
    const room = join(import.meta.dirname, '../../webhook')
    for (const name of readdirSync(room).filter((file) => file.endsWith('.ts'))) {
      const source = readFileSync(join(room, name), 'utf8')
      assert.doesNotMatch(source, /child_process|dockerode|nodemailer|aws-sdk|\.\.\/worker|execa/, name)
    }
  })
})

async function until<T>(
  look: () => T | undefined | Promise<T | undefined>,
  output: { stdout: string; stderr: string },
): Promise<T> {
  const deadline = Date.now() + 15_000
  for (;;) {
    const seen = await look()
    if (seen !== undefined) return seen
    assert.ok(Date.now() < deadline, `not in time:\n${output.stdout}\n${output.stderr}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
