import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { suite, type TestContext, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { checkWebBounds } from '../../cli/doctor/check-web-bounds.ts'
import { webPermissionFlags } from '../../config/web-permission.ts'
import { dataFolder } from '../../job/data-folder.ts'
import { prepareDataFolder } from '../../job/prepare-data-folder.ts'
import { openStoreWriter } from '../../job/store.ts'
import { fixture, SECRET, signed } from '../fixtures/deliveries/fixtures.ts'
import { freshFolder } from '../support/fresh-folder.ts'
import { type Program, startProgram } from '../support/program.ts'
import { until } from '../support/until.ts'

const MAIN = join(import.meta.dirname, '../../webhook/main.ts')
const update = fixture('github', 'push-update')

const configWith = (secret: string) => `
repositories:
  github.com/Codertocat/Hello-World:
    secret: { file: ${secret} }
    triggers: [{ on: push, steps: [{ script: { run: [/bin/true] } }] }]
`

/** Runs inside the program, before it: what somebody who had taken it over would try. */
const INTRUDER = `
import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync, readdirSync, writeFileSync, symlinkSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { WASI } from 'node:wasi'
const tries = {
  shadow: () => readFileSync('/etc/shadow'),
  work: () => readdirSync(process.env.DATA + '/work'),
  state: () => writeFileSync(process.env.DATA + '/state/worker.json', '{}'),
  elsewhere: () => writeFileSync(process.env.DATA + '/../evil', ''),
  code: () => writeFileSync(process.env.CODE + '/webhook/evil.ts', ''),
  link: () => symlinkSync('/etc/shadow', process.env.DATA + '/spool/new/link'),
  spawn: () => spawnSync('/bin/true'),
  exec: () => execFileSync('/bin/true'),
  execve: () => process.execve('/bin/true', ['true'], {}),
  thread: () => new Worker('0', { eval: true }),
  wasi: () => new WASI({ version: 'preview1' }),
  addon: () => process.dlopen({ exports: {} }, '/nonexistent.node'),
}
const outcomes = Object.entries(tries).map(([name, attempt]) => {
  try { attempt(); return [name, 'done'] } catch (error) { return [name, error.code] }
})
console.log(JSON.stringify({ msg: 'intruder', outcomes: Object.fromEntries(outcomes) }))
`

suite('the web program under the permission model', () => {
  async function started(t: TestContext) {
    const holder: { program: Program | null } = { program: null }
    const root = freshFolder(t, async () => void (await holder.program?.stop()))
    const outside = join(root, 'secrets')
    const own = join(root, 'etc')
    for (const path of [outside, own]) mkdirSync(path)
    writeFileSync(join(outside, 'secret'), SECRET)
    writeFileSync(join(outside, 'later'), SECRET)
    const config = join(own, 'config.yaml')
    writeFileSync(config, configWith(join(outside, 'secret')))
    const folder = dataFolder(join(root, 'data'))
    prepareDataFolder(folder, { webGid: null })
    openStoreWriter(folder.store).close()
    const env = { PATH: process.env.PATH }
    const program = startProgram(['webhook', '--port', '0', '--config', config, '--data', folder.root], env)
    holder.program = program
    const { port } = await program.said('that it listens', ({ msg }) => msg === 'listening')
    const post = () =>
      fetch(`http://127.0.0.1:${port}/hooks`, { method: 'POST', headers: signed(update), body: update.body })
    return { program, root, outside, config, folder, port, post }
  }

  test('verifies with secrets outside its folders, writes job files, reads the store and the worker', async (t) => {
    const { folder, port, post, program } = await started(t)
    const answer = await post()
    assert.equal(answer.status, 202, await answer.clone().text())
    assert.equal(readdirSync(folder.spoolNew).length, 1)
    const ready = await (await fetch(`http://127.0.0.1:${port}/readyz`)).text()
    assert.match(ready, /"permission":true/)
    assert.match(ready, /"spool":\{"ok":true/)
    assert.doesNotMatch(program.output(), /ERR_ACCESS_DENIED/)
  })

  test('is found so by the doctor', async (t) => {
    const { folder } = await started(t)
    const signal = AbortSignal.timeout(5000)
    const bound = await checkWebBounds({ data: folder.root, url: undefined, signal })
    assert.deepEqual([bound.state, /permission model/.test(bound.message)], ['ok', true])
    const nowhere = await checkWebBounds({ data: join(folder.root, 'other'), url: undefined, signal })
    assert.equal(nowhere.state, 'warn')
  })

  test('reloads its config, and asks for a restart when that names a secret file it may not read', async (t) => {
    const { config, outside, program, post } = await started(t)
    writeFileSync(config, configWith(join(outside, 'later')))
    await program.said('that it reloaded', ({ msg }) => msg === 'config reloaded')
    assert.equal((await post()).status, 401)
    await until(() => /cannot be read \(ERR_ACCESS_DENIED\)/.test(program.output()), { what: 'the problem to be told' })
  })

  test('C17: taken over by an intruder, reads nothing else, writes nothing but job files, starts nothing', async (t) => {
    const { program, root, folder, config } = await started(t)
    await program.stop()
    // beside the config, where the bound program may read it
    const intruder = join(root, 'etc', 'intruder.mjs')
    writeFileSync(intruder, INTRUDER)
    const flags = await webPermissionFlags({ config, data: folder.root, blind: false }, {})
    const again = spawn(
      process.execPath,
      [
        ...flags,
        '--import',
        pathToFileURL(intruder).href,
        MAIN,
        '--port',
        '0',
        '--config',
        config,
        '--data',
        folder.root,
      ],
      { env: { DATA: folder.root, CODE: process.cwd() }, stdio: ['ignore', 'pipe', 'inherit'] },
    )
    t.after(() => again.kill('SIGKILL'))
    const lines = createInterface({ input: again.stdout })[Symbol.asyncIterator]()
    const { outcomes } = JSON.parse((await lines.next()).value ?? '{}')
    const listening = JSON.parse((await lines.next()).value ?? '{}')
    assert.equal(listening.msg, 'listening')
    assert.equal(existsSync(join(root, 'evil')), false)
    assert.deepEqual(outcomes, {
      shadow: 'ERR_ACCESS_DENIED',
      work: 'ERR_ACCESS_DENIED',
      state: 'ERR_ACCESS_DENIED',
      elsewhere: 'ERR_ACCESS_DENIED',
      code: 'ERR_ACCESS_DENIED',
      link: 'ERR_ACCESS_DENIED',
      spawn: 'ERR_ACCESS_DENIED',
      exec: 'ERR_ACCESS_DENIED',
      execve: 'ERR_ACCESS_DENIED',
      thread: 'ERR_ACCESS_DENIED',
      wasi: 'ERR_ACCESS_DENIED',
      addon: 'ERR_DLOPEN_DISABLED',
    })
  })
})
