import assert from 'node:assert/strict'
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { openStoreReader, openStoreWriter } from '../../job/store.ts'
import { REPOSITORY, sampleOutcome, sampleRun } from '../unit/job/sample-job.ts'

const notRoot = process.getuid?.() !== 0 && 'needs root'
const WEB = 33
const T0 = '2026-11-21T05:00:01.000Z'
const T1 = '2026-11-21T05:00:02.000Z'
const module = (path: string) => JSON.stringify(new URL(`../../${path}`, import.meta.url).href)

describe('the store, over processes and mounts', () => {
  let root: string
  let file: string
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'letterbox-store-life-'))
    chmodSync(root, 0o755)
    file = join(root, 'letterbox.db')
  })
  afterEach(() => rmSync(root, { recursive: true, force: true }))

  function program(script: string): string[] {
    const source = `
      import { openStoreReader, openStoreWriter } from ${module('job/store.ts')}
      import { sampleOutcome, sampleRun } from ${module('test/unit/job/sample-job.ts')}
      const file = ${JSON.stringify(file)}
      ${script}`
    return ['--input-type=module', '--eval', source]
  }

  /** What the web program, as its own user, sees of the runs: their number, or the code of the error. */
  async function seenByWeb(): Promise<string> {
    const script = `
      try { const reader = openStoreReader(file); console.log(reader.runs().length); reader.close() }
      catch (error) { console.log(error.code, error.message) }`
    const { stdout } = await promisify(execFile)(process.execPath, program(script), { uid: WEB, gid: WEB })
    return stdout.trim()
  }

  test(
    'the web program reads while the worker writes, and after it has ended, without writing',
    { skip: notRoot },
    async () => {
      assert.match(await seenByWeb(), /^STORE_MISSING/)
      const store = openStoreWriter(file)
      store.recordJob(sampleOutcome(), T0)
      assert.equal(await seenByWeb(), '1')
      store.recordJob(sampleOutcome(), T0)
      assert.equal(await seenByWeb(), '2')
      store.close()
      assert.equal(existsSync(`${file}-wal`), false)
      assert.equal(await seenByWeb(), '2')
    },
  )

  test('a reader that lives longer than the worker sees what the next worker writes', { skip: notRoot }, async () => {
    const first = openStoreWriter(file)
    first.recordJob(sampleOutcome(), T0)
    first.close()
    const script = `
      const reader = openStoreReader(file)
      console.log(reader.runs().length)
      process.stdin.on('data', () => console.log(reader.runs().length)).on('end', () => reader.close())`
    const child = spawn(process.execPath, program(script), { uid: WEB, gid: WEB, stdio: ['pipe', 'pipe', 'inherit'] })
    assert.equal(await nextLine(child), '1')
    const ask = () => {
      child.stdin?.write('?')
      return nextLine(child)
    }
    const second = openStoreWriter(file)
    assert.equal(await ask(), '1')
    second.recordJob(sampleOutcome(), T0)
    assert.equal(await ask(), '2')
    second.close()
    assert.equal(await ask(), '2')
    const third = openStoreWriter(file)
    third.recordJob(sampleOutcome(), T0)
    third.close()
    assert.equal(await ask(), '3')
    child.stdin?.end()
    assert.deepEqual(await once(child, 'exit'), [0, null])
  })

  test('a reader notices that the store was replaced', () => {
    openStoreWriter(file).close()
    const reader = openStoreReader(file)
    assert.equal(reader.runs().length, 0)
    const other = openStoreWriter(join(root, 'other.db'))
    other.recordJob(sampleOutcome(), T0)
    other.close()
    execFileSync('mv', [join(root, 'other.db'), file])
    rmSync(`${file}-wal`, { force: true })
    rmSync(`${file}-shm`, { force: true })
    assert.equal(reader.runs().length, 1)
    rmSync(file)
    assert.throws(() => reader.runs(), { code: 'STORE_MISSING' })
    openStoreWriter(file).close()
    assert.equal(reader.runs().length, 0)
    reader.close()
  })

  test('a store on a read-only mount is read, with and without a worker behind it', { skip: notRoot }, () => {
    const mount = join(root, 'ro')
    mkdirSync(mount)
    const state = join(root, 'state')
    mkdirSync(state)
    const store = openStoreWriter(join(state, 'letterbox.db'))
    store.recordJob(sampleOutcome(), T0)
    execFileSync('mount', ['--bind', state, mount])
    try {
      execFileSync('mount', ['-o', 'remount,bind,ro', mount])
      const living = openStoreReader(join(mount, 'letterbox.db'))
      assert.equal(living.runs().length, 1)
      store.recordJob(sampleOutcome(), T0)
      assert.equal(living.runs().length, 2)
      living.close()
      store.close()
      const still = openStoreReader(join(mount, 'letterbox.db'))
      assert.equal(still.runs().length, 2)
      const next = openStoreWriter(join(state, 'letterbox.db'))
      next.recordJob(sampleOutcome(), T0)
      assert.equal(still.runs().length, 3)
      still.close()
      next.close()
    } finally {
      execFileSync('umount', [mount])
    }
  })

  test('after a worker was killed, the read-only side still reads what was written', { skip: notRoot }, async () => {
    const child = spawn(
      process.execPath,
      program(`
      const store = openStoreWriter(file)
      store.recordJob(sampleOutcome(), ${JSON.stringify(T0)})
      console.log('written'); setInterval(() => {}, 1000)`),
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    await nextLine(child)
    child.kill('SIGKILL')
    await once(child, 'exit')
    assert.ok(statSync(`${file}-wal`).size > 0)
    assert.equal(await seenByWeb(), '1')
  })

  test(
    'C12: a worker killed at any moment leaves a whole store: each job with all its runs and steps, or not at all',
    { timeout: 60_000 },
    async () => {
      let before = 0
      for (let round = 0; round < 6; round++) {
        const child = spawn(
          process.execPath,
          program(`
        const store = openStoreWriter(file)
        console.log('ready')
        for (;;) {
          const runs = [sampleRun(), sampleRun(), sampleRun()]
          store.recordJob(sampleOutcome(runs), ${JSON.stringify(T0)})
          store.startRun(runs[0].id, ${JSON.stringify(T1)})
          store.setStep(runs[0].id, 0, { state: 'running' })
          const mails = [{ id: runs[0].id, messageId: 'm', payload: '{}' }]
          store.endRun({ run: runs[0].id, state: 'failed', reason: 'x', at: ${JSON.stringify(T1)}, mails })
        }`),
          { stdio: ['ignore', 'pipe', 'inherit'] },
        )
        await nextLine(child)
        const enough = before + 5 + round * 3
        await until(() => countRuns(file) > enough)
        child.kill('SIGKILL')
        await once(child, 'exit')
        before = checkWhole(file)
      }
    },
  )

  function checkWhole(path: string): number {
    const store = openStoreWriter(path)
    try {
      const runs = store.runs({ limit: 1_000_000 })
      const jobs = store.deliveries({ limit: 1_000_000 })
      assert.equal(runs.length, jobs.length * 3)
      for (const job of jobs) assert.equal(job.runs.length, 3)
      for (const run of runs) assert.equal(run.steps.length, 2)
      assert.deepEqual(
        runs.map((run) => run.number),
        Array.from(runs, (_, at) => runs.length - at),
      )
      const ended = runs.filter((run) => run.state === 'failed')
      for (const run of ended)
        assert.deepEqual(
          run.steps.map((step) => step.state),
          ['failed', 'skipped'],
        )
      assert.equal(store.counts().outbox, ended.length)
      assert.equal(store.openRuns().length, runs.length - ended.length)
      return runs.length
    } finally {
      store.close()
    }
  }

  test(
    'C09: a full disk is a typed error, changes nothing, and is over when there is room again',
    { skip: notRoot },
    () => {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', root])
      try {
        const store = openStoreWriter(file)
        const run = sampleRun()
        store.recordJob(sampleOutcome([run]), T0)
        const filler = join(root, 'filler')
        execFileSync('sh', ['-c', `dd if=/dev/zero of=${filler} bs=4k 2>/dev/null || true`])
        const large = 'x'.repeat(500_000)
        assert.throws(() => store.keepConfig('large', large), { code: 'STORE_FULL', hint: /Free space/ })
        assert.throws(() => store.transaction(() => store.keepConfig('large', large)), { code: 'STORE_FULL' })
        assert.equal(store.config('large'), null)
        assert.equal(store.run(run.id)?.state, 'queued')
        rmSync(filler)
        store.keepConfig('small', '{}')
        assert.equal(store.startRun(run.id, T1), 1)
        store.close()
      } finally {
        execFileSync('umount', [root])
      }
    },
  )

  test('two writers at once do not lose a number', async () => {
    openStoreWriter(file).close()
    const script = `
      const store = openStoreWriter(file)
      for (let at = 0; at < 30; at++) store.recordJob(sampleOutcome(), ${JSON.stringify(T0)})
      store.close()`
    await Promise.all([1, 2].map(() => promisify(execFile)(process.execPath, program(script))))
    const reader = openStoreReader(file)
    assert.equal(reader.run(`${REPOSITORY}#60`)?.number, 60)
    assert.equal(reader.runs({ limit: 100 }).length, 60)
    reader.close()
  })
})

function countRuns(file: string): number {
  const reader = openStoreReader(file)
  try {
    return reader.counts().queued
  } finally {
    reader.close()
  }
}

async function nextLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('no stdout')
  const [data] = await once(child.stdout, 'data')
  return String(data).trim()
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 20_000
  while (!condition()) {
    assert.ok(performance.now() < deadline, 'not within 20 s')
    await new Promise((resolve) => setImmediate(resolve))
  }
}
