import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { Run } from '../../job/run.ts'
import { RunLogLine } from '../../job/run-log-line.ts'
import { runCommand } from '../support/run-command.ts'
import { type Seeded, seedData } from '../support/seeded-data.ts'

const CONFIG = `
repositories:
  github.com/acme/shop:
    secret: { env: SHOP_SECRET }
    triggers:
      - { on: push, branches: [main], steps: [{ build: { image: acme/shop } }, { test: { command: x } }] }
      - { name: release, on: tag, tags: ["v*"], steps: [{ build: { image: acme/shop } }] }
`

suite('commands that read what a worker has left', () => {
  let seeded: Seeded
  let root = ''
  before(async () => {
    root = mkdtempSync(join(tmpdir(), 'letterbox-cli-'))
    seeded = await seedData(join(root, 'data'))
    writeFileSync(join(root, 'config.yaml'), CONFIG)
  })
  after(() => {
    seeded.store.close()
    rmSync(root, { recursive: true, force: true })
  })
  const letterbox = (...args: string[]) =>
    runCommand([...args, '--data', join(root, 'data'), '--config', join(root, 'config.yaml')])

  test('runs lists them, newest first', async () => {
    const { code, stdout } = await letterbox('runs')
    assert.equal(code, 0)
    const [title = '', ...rows] = stdout.trimEnd().split('\n')
    assert.match(title, /^STATE +RUN +REF +TRIGGER +COMMIT +QUEUED +TOOK$/)
    assert.match(rows[0] ?? '', /^queued +github\.com\/acme\/till#1 +main +push main +a{12} +3 min ago +-$/)
    assert.match(rows[1] ?? '', /^running +github\.com\/acme\/shop#2 +feature\/a +push feature\/\*\* +a{12} +5 min ago/)
    assert.match(rows[2] ?? '', /^failed +github\.com\/acme\/shop#1 +main +push main +a{12} +10 min ago +2 min/)
  })

  test('runs as JSON are whole, and filters narrow them', async () => {
    const { stdout } = await letterbox('runs', '--json', '--repository', 'github.com/acme/shop', '--state', 'failed')
    const runs = Run.array().parse(JSON.parse(stdout).runs)
    assert.deepEqual(
      runs.map(({ id }) => id),
      [seeded.failed.id],
    )
    const limited = await letterbox('runs', '--json', '--limit', '1')
    assert.equal(JSON.parse(limited.stdout).runs.length, 1)
  })

  test('show tells the whole story of a run', async () => {
    const { code, stdout } = await letterbox('show', 'github.com/acme/shop#1')
    assert.equal(code, 0)
    assert.match(stdout, /^github\.com\/acme\/shop#1 {2}failed\n/)
    assert.match(stdout, /because +step test failed/)
    assert.match(stdout, /1\. build +succeeded/)
    assert.match(stdout, /2\. test +failed .* exit code 3\n +the command ended with exit code 3\n +hint: Its output/)
  })

  test('show --json prints the run itself', async () => {
    const { stdout } = await letterbox('show', seeded.failed.id.slice(0, 26), '--json')
    assert.equal(Run.parse(JSON.parse(stdout)).id, seeded.failed.id)
  })

  test('a number that two repositories have is asked back', async () => {
    const { code, stderr } = await letterbox('show', '#1')
    assert.equal(code, 1)
    assert.match(stderr, /shop#1 or .*till#1|till#1 or .*shop#1/)
    assert.equal((await letterbox('show', '#2')).code, 0)
  })

  test('a run that is not there is an error with a hint, as JSON too', async () => {
    const { code, stderr } = await letterbox('show', 'nothing')
    assert.equal(code, 1)
    assert.match(stderr, /error: .*nothing.*\nhint: .*letterbox runs/)
    const json = await letterbox('show', 'nothing', '--json')
    assert.equal(json.code, 1)
    assert.equal(JSON.parse(json.stdout).error.code, 'RUN_UNKNOWN')
  })

  test('logs shows each step under its header', async () => {
    const { code, stdout } = await letterbox('logs', 'github.com/acme/shop#1')
    assert.equal(code, 0)
    assert.match(stdout, /» fetched refs\/heads\/main\n── 1\. build {2}succeeded/)
    assert.match(stdout, /05:00:02 ! 2 tests failed\n── github\.com\/acme\/shop#1 failed: step test failed/)
  })

  test('logs of one step, as JSON lines', async () => {
    const { stdout } = await letterbox('logs', 'github.com/acme/shop#1', '--step', '2', '--json')
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => RunLogLine.parse(JSON.parse(line)))
    assert.deepEqual(lines.map(({ step, text }) => [step, text]).sort(), [
      [1, '1 test passed'],
      [1, '2 tests failed'],
    ])
  })

  test('a step that the run does not have is wrong usage and names those it has', async () => {
    const { code, stderr } = await letterbox('logs', 'github.com/acme/shop#1', '--step', '9')
    assert.equal(code, 2)
    assert.match(stderr, /only 2 steps[\s\S]*1 build, 2 test/)
  })

  test('logs --follow goes on until the run ends', async () => {
    const file = join(seeded.folder.logs, `${seeded.running.id}.ndjson`)
    const following = letterbox('logs', '--follow', 'github.com/acme/shop#2')
    const line = { time: '2026-11-21T05:00:05.000Z', step: 0, stream: 'stdout', text: 'still building' }
    appendFileSync(file, `${JSON.stringify(line)}\n`)
    const at = new Date().toISOString()
    seeded.store.endRun({ run: seeded.running.id, state: 'canceled', reason: 'asked for', at, mails: [] })
    const { code, stdout } = await following
    assert.equal(code, 0)
    assert.match(stdout, /still building\n── github\.com\/acme\/shop#2 canceled: asked for/)
  })

  test('explain of a push shows the condition that each quiet trigger lacks', async () => {
    const { code, stdout } = await letterbox('explain', 'github.com/acme/shop', '--branch', 'main')
    assert.equal(code, 0)
    assert.match(stdout, /yes {2}push main\n {7}steps: build, test\n {2}no {3}release\n {7}event: wants tag, is push/)
    assert.match(stdout, /Starts 1 run: push main\.\n$/)
    const json = JSON.parse((await letterbox('explain', 'github.com/acme/shop', '--tag', 'v1', '--json')).stdout)
    assert.deepEqual(json.starts, ['release'])
    assert.deepEqual(
      json.triggers.map((one: { matches: boolean }) => one.matches),
      [false, true],
    )
  })

  test('explain of a repository that the config does not have asks what was meant', async () => {
    const { code, stderr } = await letterbox('explain', 'github.com/acme/shpo', '--branch', 'main')
    assert.equal(code, 1)
    assert.match(stderr, /no entry for github\.com\/acme\/shpo[\s\S]*Did you mean github\.com\/acme\/shop\?/)
  })

  test('explain of a delivery tells the runs that it started', async () => {
    const { code, stdout } = await letterbox('explain', seeded.started.job.delivery ?? '')
    assert.equal(code, 0)
    assert.match(stdout, /started {2}github\.com\/acme\/shop#1 {2}push main {2}failed/)
    assert.match(stdout, /By the config as it is now:\npush of branch main in github\.com\/acme\/shop/)
  })

  test('explain of a quiet delivery tells why, and of a duplicate which one counted', async () => {
    const quiet = await letterbox('explain', 'quiet-delivery')
    assert.match(quiet.stdout, /because {2}no trigger of github\.com\/acme\/shop matches branch docs/)
    assert.match(quiet.stdout, /branches: wants main, is docs/)
    const again = JSON.parse((await letterbox('explain', 'again', '--json')).stdout)
    assert.equal(again.delivery.duplicateOf, seeded.started.job.id)
    assert.deepEqual(again.runs, [])
  })

  test('explain of an id that nobody knows is an error that says where ids come from', async () => {
    const { code, stderr } = await letterbox('explain', 'no-such-id')
    assert.equal(code, 1)
    assert.match(stderr, /No delivery or job is called no-such-id/)
  })

  test('reading where no worker has been says so', async () => {
    const { code, stderr } = await runCommand(['runs', '--data', join(root, 'empty')])
    assert.equal(code, 1)
    assert.match(stderr, /no store[\s\S]*Start the worker/)
  })
})
