import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { createRunLog, followRunLog, type RunLog, readRunLog } from '../../job/run-log.ts'
import type { RunLogLine } from '../../job/run-log-line.ts'

const notRoot = process.getuid?.() !== 0 && 'needs root'
const now = () => new Date('2026-11-21T05:00:00.123Z')

async function all(lines: AsyncIterable<RunLogLine>): Promise<RunLogLine[]> {
  const list: RunLogLine[] = []
  for await (const line of lines) list.push(line)
  return list
}

const texts = (lines: RunLogLine[]) => lines.map((line) => line.text)

describe('a run log', () => {
  let folder: string
  let count = 0
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'letterbox-log-'))
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  const fresh = () => join(folder, `${count++}.ndjson`)
  const open = (file: string, limits = {}) => createRunLog({ file, now, limits })

  test('that is closed stays closed: a second time does nothing, and nothing comes after the end', async () => {
    const file = fresh()
    const log = open(file)
    log.forStep(null).say('run succeeded')
    await log.close()
    log.forStep(0).say('a late word')
    await log.close()
    assert.deepEqual(texts(await all(readRunLog(file))), ['run succeeded'])
  })

  test('keeps what each step said, on which stream and when', async () => {
    const file = fresh()
    const log = open(file)
    log.forStep(null).say('fetching')
    const step = log.forStep(0)
    step.stdout('out 1\nout')
    step.stderr('err 1\n')
    step.stdout(' 2')
    step.end()
    step.say('done')
    await log.close()
    const time = '2026-11-21T05:00:00.123Z'
    assert.deepEqual(await all(readRunLog(file)), [
      { time, step: null, stream: 'letterbox', text: 'fetching' },
      { time, step: 0, stream: 'stdout', text: 'out 1' },
      { time, step: 0, stream: 'stderr', text: 'err 1' },
      { time, step: 0, stream: 'stdout', text: 'out 2' },
      { time, step: 0, stream: 'letterbox', text: 'done' },
    ])
    assert.equal(statSync(file).mode & 0o777, 0o644)
  })

  test('hides secrets, also split over two writes and in what Letterbox says', async () => {
    const file = fresh()
    const log = open(file)
    log.mask('hunter2')
    const step = log.forStep(0)
    step.stdout('pass hun')
    step.stdout('ter2\n')
    step.say('login with hunter2 failed')
    await log.close()
    assert.ok(!readFileSync(file, 'utf8').includes('hunter2'))
    assert.deepEqual(texts(await all(readRunLog(file))), ['pass ***', 'login with *** failed'])
  })

  test('says once that a secret is too short to hide', async () => {
    const file = fresh()
    const log = open(file)
    for (const secret of ['abc', 'x', '']) log.mask(secret)
    await log.close()
    assert.equal((await all(readRunLog(file))).length, 1)
  })

  test('goes on in the same file after a crash, also after a torn line', async () => {
    const file = fresh()
    const log = open(file)
    log.forStep(0).stdout('whole\ntorn\n')
    await log.close()
    truncateSync(file, statSync(file).size - 5)
    const next = open(file)
    next.forStep(0).stdout('after\n')
    assert.deepEqual(texts(next.tail(0, 10)), ['whole', 'after'])
    await next.close()
    assert.deepEqual(texts(await all(readRunLog(file))), ['whole', 'after'])
  })

  test('stops at the size limit and says so, but keeps the real end for the mail and its own lines', async () => {
    const file = fresh()
    const log = open(file, { fileBytes: 20_000 })
    const step = log.forStep(1)
    for (let at = 0; at < 1000; at++) step.stdout(`line ${at} ${'x'.repeat(80)}\n`)
    step.stdout('the real end\n')
    step.say('failed')
    assert.deepEqual(texts(log.tail(1, 2)), ['the real end', 'failed'])
    assert.equal(log.tail(1, 1000).length, 200)
    await log.close()
    const lines = texts(await all(readRunLog(file)))
    assert.deepEqual(lines.slice(-2), ['log limit of 20000 bytes reached; the rest is not kept', 'failed'])
    assert.ok(statSync(file).size < 21_000)
    const again = open(file, { fileBytes: 20_000 })
    again.forStep(1).stdout('more\n')
    await again.close()
    assert.ok(!texts(await all(readRunLog(file))).includes('more'))
  })

  test('F03: a giant line of 100 MB costs no memory and one line', async () => {
    const file = fresh()
    const script = `
      import { createRunLog } from ${JSON.stringify(new URL('../../job/run-log.ts', import.meta.url).href)}
      const log = createRunLog({ file: ${JSON.stringify(file)}, now: () => new Date() })
      log.mask('hunter2hunter2')
      const chunk = Buffer.alloc(65536, 'x')
      const step = log.forStep(0)
      for (let at = 0; at < 100; at++) step.stdout(chunk)
      gc(); const before = process.memoryUsage().rss
      let peak = before
      for (let at = 0; at < 1600; at++) {
        step.stdout(chunk)
        if (at % 50 === 0) peak = Math.max(peak, process.memoryUsage().rss)
      }
      await log.close()
      console.log(peak - before)`
    const args = ['--expose-gc', '--input-type=module', '--eval', script]
    const { stdout } = await promisify(execFile)(process.execPath, args)
    assert.ok(Number(stdout) < 40e6, `grew by ${stdout} bytes`)
    const [line, ...others] = await all(readRunLog(file))
    assert.match(line?.text ?? '', /^x{16384} … \[cut: 111394816 bytes\]$/)
    assert.deepEqual(others, [])
  })

  test('is read from a byte offset on, torn and foreign lines passed over', async () => {
    const file = fresh()
    const log = open(file)
    log.forStep(0).stdout('one\ntwo\nthree\n')
    await log.close()
    const second = readFileSync(file).indexOf('\n') + 1
    assert.deepEqual(texts(await all(readRunLog(file, { from: second }))), ['two', 'three'])
    assert.deepEqual(texts(await all(readRunLog(file, { from: second + 3 }))), ['three'])
    appendFileSync(
      file,
      `{"time":"x"}\nnull\n\0\n${'y'.repeat(3_000_000)}\n{"time":"t","step":0,"stream":"stdout","text":"four"}\n{"ti`,
    )
    assert.deepEqual(texts(await all(readRunLog(file))), ['one', 'two', 'three', 'four'])
    assert.deepEqual(await all(readRunLog(join(folder, 'none.ndjson'))), [])
  })

  test('is followed line by line until the run has ended and all is read', async () => {
    const file = fresh()
    let isOpen = true
    const written: { log?: RunLog } = {}
    const seen: string[] = []
    const following = (async () => {
      for await (const line of followRunLog(file, { signal: AbortSignal.timeout(20_000), isOpen: () => isOpen })) {
        seen.push(line.text)
        if (line.text === 'one') written.log?.forStep(0).stdout('two\n')
        if (line.text === 'two') {
          written.log?.forStep(0).stdout('three')
          isOpen = false
          await written.log?.close()
        }
      }
    })()
    written.log = open(file)
    written.log.forStep(0).stdout('one\n')
    await following
    assert.deepEqual(seen, ['one', 'two', 'three'])
  })

  test('following ends when it is told to stop', async () => {
    const file = fresh()
    writeFileSync(file, '')
    const stop = new AbortController()
    const following = all(followRunLog(file, { signal: stop.signal, isOpen: () => true }))
    stop.abort()
    assert.deepEqual(await following, [])
  })

  test('C09: a full disk loses lines, says how many, and never stops the run', { skip: notRoot }, async () => {
    const mount = join(folder, 'small')
    mkdirSync(mount)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', mount])
    try {
      const file = join(mount, 'x.ndjson')
      const troubles: string[] = []
      const log = createRunLog({ file, now, trouble: (error) => troubles.push(error.code) })
      const step = log.forStep(0)
      step.stdout('first\n')
      step.end()
      writeFileSync(join(mount, 'filler'), Buffer.alloc(56 * 1024))
      for (let at = 0; at < 100_000; at++) step.stdout(`${at} ${'x'.repeat(50)}\n`)
      step.end()
      assert.deepEqual(troubles, ['RUN_LOG_UNWRITABLE'])
      assert.match(log.tail(0, 1)[0]?.text ?? '', /^99999 /)
      execFileSync('mount', ['-o', 'remount,size=32m', mount])
      step.stdout('room again\n')
      step.end()
      step.stdout('last\n')
      await log.close()
      const lines = texts(await all(readRunLog(file)))
      assert.equal(lines[0], 'first')
      assert.equal(lines[1]?.startsWith('0 x'), true)
      const lost = Number(/^(\d+) lines were lost/.exec(lines.find((line) => line.includes('were lost')) ?? '')?.[1])
      assert.equal(
        lines.filter((line) => /^\d+ x/.test(line)).length + lost + (lines.includes('room again') ? 0 : -1),
        100_000,
      )
      assert.equal(lines.at(-1), 'last')
    } finally {
      execFileSync('umount', [mount])
    }
  })

  test('a log that cannot be opened says why', () => {
    assert.throws(() => open(join(folder, 'none', 'x.ndjson')), { code: 'RUN_LOG_UNWRITABLE' })
  })
})
