import assert from 'node:assert/strict'
import { chownSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, suite, test } from 'node:test'
import { RequestJob } from '../../job/job-file.ts'
import type { WorkerState } from '../../job/worker-state.ts'
import { runCommand } from '../support/run-command.ts'
import { type Seeded, seedData } from '../support/seeded-data.ts'
import { until } from '../support/until.ts'
import { sampleRun } from '../unit/job/sample-job.ts'

const SHOP = 'github.com/acme/shop'
const CONFIG = `
repositories:
  ${SHOP}:
    secret: { env: SHOP_SECRET }
    triggers: [{ on: push, branches: [main], steps: [{ build: { image: acme/shop } }] }]
`

suite('commands that ask the worker for something', () => {
  let seeded: Seeded
  let root = ''
  before(async () => {
    root = mkdtempSync(join(tmpdir(), 'letterbox-cli-'))
    seeded = await seedData(join(root, 'data'))
    writeFileSync(join(root, 'config.yaml'), CONFIG)
  })
  beforeEach(() => {
    rmSync(seeded.folder.workerState, { force: true })
    for (const name of readdirSync(seeded.folder.spoolNew)) rmSync(join(seeded.folder.spoolNew, name))
  })
  after(() => {
    seeded.store.close()
    rmSync(root, { recursive: true, force: true })
  })

  const letterbox = (...args: string[]) =>
    runCommand([...args, '--data', join(root, 'data'), '--config', join(root, 'config.yaml')], {
      env: { SUDO_USER: 'ada' },
    })
  const waiting = () =>
    readdirSync(seeded.folder.spoolNew).map((name) =>
      RequestJob.parse(JSON.parse(readFileSync(join(seeded.folder.spoolNew, name), 'utf8'))),
    )
  /** a worker's sign of life; we stand in for its process */
  const workerLives = () => {
    const now = new Date().toISOString()
    const config = { file: 'config.yaml', active: 'c0ffee', loadedAt: now, refused: null }
    const counts = { queued: 0, running: 0, outbox: 0 }
    const state: WorkerState = { version: '0.1.0', pid: process.pid, aliveSince: now, seenAt: now, ...counts, config }
    writeFileSync(seeded.folder.workerState, JSON.stringify(state))
  }
  const handedOver = () => until(() => waiting()[0], { what: 'a request in the spool' })

  test('trigger writes a job file that says who asks for what', async () => {
    const { code, stdout } = await letterbox('trigger', SHOP, '--branch', 'main', '--commit', 'c'.repeat(40))
    assert.equal(code, 0)
    const [job] = waiting()
    assert.match(job?.request.by ?? '', /^ada@./)
    assert.deepEqual(
      { ...job?.request, by: '' },
      { kind: 'trigger', by: '', repository: SHOP, branch: 'main', tag: null, commit: 'c'.repeat(40) },
    )
    assert.equal(job?.source, 'cli')
    assert.match(stdout, /The worker is not running here; this is kept[\s\S]*letterbox explain 01/)
  })

  test('trigger of a repository that the config does not have writes nothing', async () => {
    const { code, stderr } = await letterbox('trigger', 'github.com/acme/shpo', '--branch', 'main')
    assert.equal(code, 1)
    assert.match(stderr, /Did you mean github\.com\/acme\/shop\?/)
    assert.deepEqual(waiting(), [])
  })

  test('trigger waits for the worker and names the run that starts', async () => {
    workerLives()
    const asked = letterbox('trigger', SHOP, '--branch', 'main')
    const job = await handedOver()
    const run = sampleRun()
    const outcome = { job, bodyDigest: null, repository: SHOP, runs: [run], because: null, duplicateOf: null }
    seeded.store.recordJob(outcome, new Date().toISOString())
    const { code, stdout } = await asked
    assert.equal(code, 0)
    assert.match(stdout, new RegExp(`^Queued github\\.com/acme/shop#\\d+ {2}push main {2}${run.id}\\n$`))
  })

  test('trigger tells why nothing starts, and ends with 1', async () => {
    workerLives()
    const asked = letterbox('trigger', SHOP, '--branch', 'other', '--json')
    const job = await handedOver()
    const because = 'no trigger matches branch other'
    const outcome = { job, bodyDigest: null, repository: SHOP, runs: [], because, duplicateOf: null }
    seeded.store.recordJob(outcome, new Date().toISOString())
    const { code, stdout } = await asked
    assert.equal(code, 1)
    assert.deepEqual(JSON.parse(stdout), { job: job.id, recorded: true, runs: [], because })
  })

  test('a request that the worker refuses is an error with the worker’s reason', async () => {
    workerLives()
    const asked = letterbox('retry', `${SHOP}#1`)
    const job = await handedOver()
    const reason = { code: 'REQUEST_NOT_ALLOWED', message: 'the file belongs to user 1000' }
    writeFileSync(join(seeded.folder.rejected, `${job.id}.reason.json`), JSON.stringify(reason))
    const { code, stderr } = await asked
    assert.equal(code, 1)
    assert.match(stderr, /The worker refused it: the file belongs to user 1000[\s\S]*rejected/)
  })

  test('retry asks for the run by its whole id, all of it with the config as it was then', async () => {
    const { code } = await letterbox('retry', `${SHOP}#1`, '--no-wait')
    assert.equal(code, 0)
    const whole = { kind: 'retry', by: '', run: seeded.failed.id, from: null, currentConfig: false }
    assert.deepEqual({ ...waiting()[0]?.request, by: '' }, whole)
  })

  test('retry --from knows a step by its number and by its name, and says which there are', async () => {
    await letterbox('retry', `${SHOP}#1`, '--no-wait', '--from', 'test', '--current-config')
    const fromTest = { kind: 'retry', by: '', run: seeded.failed.id, from: 2, currentConfig: true }
    assert.deepEqual({ ...waiting()[0]?.request, by: '' }, fromTest)
    const { code, stderr } = await letterbox('retry', `${SHOP}#1`, '--no-wait', '--from', '3')
    assert.equal(code, 2)
    assert.match(stderr, /no step called 3[\s\S]*1 \(build\), 2 \(test\)/)
    assert.equal(waiting().length, 1)
  })

  test('cancel waits until the run is gone', async () => {
    workerLives()
    const asked = letterbox('cancel', `${SHOP}#2`)
    const job = await handedOver()
    const now = new Date().toISOString()
    const because = 'it cancels a run'
    seeded.store.recordJob({ job, bodyDigest: null, repository: SHOP, runs: [], because, duplicateOf: null }, now)
    seeded.store.endRun({ run: seeded.running.id, state: 'canceled', reason: 'asked for', at: now, mails: [] })
    const { code, stdout } = await asked
    assert.equal(code, 0)
    assert.equal(stdout, `${SHOP}#2 is canceled.\n`)
  })

  test('cancel of a run that has ended asks for nothing and says so', async () => {
    const { code, stderr } = await letterbox('cancel', `${SHOP}#1`)
    assert.equal(code, 1)
    assert.match(stderr, /shop#1 has already ended: failed/)
    assert.deepEqual(waiting(), [])
  })

  test(
    'who is not the worker’s user is told so, and nothing is written',
    { skip: process.getuid?.() !== 0 },
    async () => {
      chownSync(seeded.folder.spool, 12_345, 0)
      const { code, stderr } = await letterbox('trigger', SHOP, '--branch', 'main')
      chownSync(seeded.folder.spool, 0, 0)
      assert.equal(code, 1)
      assert.match(stderr, /User 0 may not ask the worker[\s\S]*as user 12345/)
      assert.deepEqual(waiting(), [])
    },
  )

  test('where no worker has made a spool, the error says what to do', async () => {
    const config = join(root, 'config.yaml')
    const args = ['trigger', SHOP, '--branch', 'main', '--config', config, '--data', join(root, 'empty')]
    const { code, stderr } = await runCommand(args)
    assert.equal(code, 1)
    assert.match(stderr, /cannot be written into the spool[\s\S]*Start the worker once/)
  })
})
