import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import fc from 'fast-check'
import { ulid } from 'ulid'
import { type DataFolder, dataFolder } from '../../job/data-folder.ts'
import { JobFile, MAX_JOB_FILE_BYTES } from '../../job/job-file.ts'
import { prepareDataFolder } from '../../job/prepare-data-folder.ts'
import { openSpool } from '../../job/spool.ts'
import { openStoreWriter } from '../../job/store.ts'
import { type Taken, takeJob, takeLeftover, takenLeftovers } from '../../job/take-job.ts'
import { sampleEvent, sampleJob, sampleOutcome, sampleRequest } from '../unit/job/sample-job.ts'

const notRoot = process.getuid?.() !== 0 && 'needs root'
const WEB = 33
const module = (path: string) => JSON.stringify(new URL(`../../job/${path}`, import.meta.url).href)

describe('the hatch, both sides', () => {
  let folder: DataFolder
  beforeEach(() => {
    const root = mkdtempSync(join(tmpdir(), 'letterbox-hatch-'))
    chmodSync(root, 0o755)
    folder = dataFolder(root)
    prepareDataFolder(folder, { webGid: WEB })
  })
  afterEach(() => rmSync(folder.root, { recursive: true, force: true }))

  const spoolPath = (name: string) => join(folder.spoolNew, name)

  /** What an attacker in the web container can do: any bytes under any name. */
  function plant(content: unknown, name = `${ulid()}.json`): string {
    const isBytes = typeof content === 'string' || content instanceof Uint8Array
    writeFileSync(spoolPath(name), isBytes ? content : JSON.stringify(content))
    return name
  }

  function reasonOf(name: string): { code: string; message: string; name: string } {
    const reasons = readdirSync(folder.rejected).filter((file) => file.endsWith('.reason.json'))
    const found = reasons.map((file) => JSON.parse(readFileSync(join(folder.rejected, file), 'utf8')))
    return found.find((reason) => reason.name === name)
  }

  async function assertRefused(name: string, code: string): Promise<void> {
    const taken = await takeJob(folder, name)
    assert.equal(taken.kind === 'refused' ? taken.reason.code : taken.kind, code)
    assert.equal(reasonOf(name).code, code)
    assert.deepEqual([...readdirSync(folder.spoolNew), ...readdirSync(folder.taken)], [])
  }

  async function takeKnown(name: string): Promise<Extract<Taken, { kind: 'job' }>> {
    const taken = await takeJob(folder, name)
    assert.equal(taken.kind, 'job')
    if (taken.kind !== 'job') throw new Error('unreachable')
    return taken
  }

  /** Runs in a process of its own, as the user of the web container where we may. */
  function webProcess(script: string): ChildProcess {
    const user = notRoot ? {} : { uid: WEB, gid: WEB }
    const source = `
      import { openSpool } from ${module('spool.ts')}
      import { dataFolder } from ${module('data-folder.ts')}
      import { ulid } from ${JSON.stringify(import.meta.resolve('ulid'))}
      const folder = dataFolder(${JSON.stringify(folder.root)})
      const spool = openSpool(folder)
      ${script}`
    const args = ['--input-type=module', '--eval', source]
    return spawn(process.execPath, args, { ...user, stdio: ['ignore', 'pipe', 'inherit'] })
  }

  test('what the web program puts, the worker takes, whole and once', async () => {
    const job = sampleJob()
    const child = webProcess(`await spool.put(${JSON.stringify(job)}); console.log('put')`)
    assert.deepEqual(await once(child, 'exit'), [0, null])
    const [name = ''] = await openSpool(folder).names()
    const taken = await takeKnown(name)
    assert.deepEqual(taken.job, job)
    assert.equal(taken.ownerUid, notRoot ? process.getuid?.() : WEB)
    assert.equal(taken.bytes, Buffer.byteLength(JSON.stringify(job)))
    assert.deepEqual(await takeJob(folder, name), { kind: 'gone' })
    await taken.done()
    assert.deepEqual([...readdirSync(folder.spoolNew), ...readdirSync(folder.taken)], [])
  })

  test('a job is taken by its bare id too', async () => {
    const job = sampleRequest({
      kind: 'trigger',
      by: 'ada',
      repository: 'github.com/acme/shop',
      branch: 'main',
      tag: null,
      commit: null,
    })
    await openSpool(folder).put(job)
    assert.deepEqual((await takeKnown(job.id)).job, job)
  })

  test('C12: a worker killed after taking finds the job again, and does not record it twice', async () => {
    const job = sampleJob()
    await openSpool(folder).put(job)
    const store = openStoreWriter(folder.store)
    const taken = await takeKnown(job.id)
    assert.equal(store.recordJob(sampleOutcome([], { job: taken.job }), '2026-11-21T05:00:00.000Z'), true)
    // killed here: recorded, but not unlinked
    assert.deepEqual(await takenLeftovers(folder), [`${job.id}.json`])
    const again = await takeLeftover(folder, `${job.id}.json`)
    assert.equal(again.kind, 'job')
    if (again.kind !== 'job') return
    assert.equal(store.recordJob(sampleOutcome([], { job: again.job }), '2026-11-21T05:00:01.000Z'), false)
    await again.done()
    assert.deepEqual(await takenLeftovers(folder), [])
    store.close()
  })

  test('a job that the worker itself refuses lies in rejected, with the reason', async () => {
    const job = sampleJob()
    await openSpool(folder).put(job)
    const taken = await takeKnown(job.id)
    await taken.refuse({ code: 'SIGNATURE_WRONG', message: 'the signature does not fit' })
    assert.deepEqual(readdirSync(folder.rejected).sort(), [`${job.id}.json`, `${job.id}.reason.json`])
    assert.deepEqual(JSON.parse(readFileSync(join(folder.rejected, `${job.id}.json`), 'utf8')), job)
    assert.equal(reasonOf(`${job.id}.json`).code, 'SIGNATURE_WRONG')
    assert.equal(statSync(join(folder.rejected, `${job.id}.json`)).mode & 0o777, 0o600)
  })

  test('C02: keys that say what to do are refused', async () => {
    for (const extra of [
      { command: 'id' },
      { privileged: true },
      { image: 'evil' },
      { mounts: ['/'] },
      { request: { kind: 'cancel', by: 'x', run: 'r' } },
    ]) {
      const job = sampleJob()
      await assertRefused(plant({ ...job, ...extra }, `${job.id}.json`), 'JOB_FILE_SHAPE')
    }
    const job = sampleJob()
    const event = { ...sampleEvent(), dockerfile: '../../etc/passwd' }
    await assertRefused(plant({ ...job, events: [event] }, `${job.id}.json`), 'JOB_FILE_SHAPE')
  })

  test('A14: keys with a meaning in JavaScript are refused or are plain data', async () => {
    for (const key of ['__proto__', 'constructor', 'prototype']) {
      const job = sampleJob()
      const text = JSON.stringify(job).replace('{', `{${JSON.stringify(key)}:{"polluted":true},`)
      await assertRefused(plant(text, `${job.id}.json`), 'JOB_FILE_SHAPE')
    }
    const job = sampleJob()
    const text = JSON.stringify(job).replace('"headers":{', '"headers":{"__proto__":"polluted","constructor":"c",')
    const taken = await takeKnown(plant(text, `${job.id}.json`))
    assert.equal(Object.getPrototypeOf(taken.job.headers), Object.prototype)
    assert.equal('polluted' in {}, false)
  })

  test('C04: a link is refused unread, and what it points to stays as it is', async () => {
    const secret = join(folder.root, 'shadow')
    writeFileSync(secret, JSON.stringify(sampleJob()), { mode: 0o600 })
    const name = `${ulid()}.json`
    symlinkSync(secret, spoolPath(name))
    await assertRefused(name, 'JOB_FILE_LINK')
    assert.equal(statSync(secret).mode & 0o777, 0o600)
    const dangling = `${ulid()}.json`
    symlinkSync(join(folder.root, 'none'), spoolPath(dangling))
    await assertRefused(dangling, 'JOB_FILE_LINK')
    assert.deepEqual(
      readdirSync(folder.rejected).filter((file) => !file.endsWith('.reason.json')),
      [],
    )
  })

  test('C04: a folder is refused and removed, without leaving it through links', async () => {
    const victim = join(folder.root, 'victim')
    mkdirSync(victim)
    writeFileSync(join(victim, 'kept'), '')
    const name = `${ulid()}.json`
    mkdirSync(join(spoolPath(name), 'a', 'b'), { recursive: true })
    symlinkSync(victim, join(spoolPath(name), 'a', 'link'))
    await assertRefused(name, 'JOB_FILE_FOLDER')
    assert.deepEqual(readdirSync(victim), ['kept'])
    const toFolder = `${ulid()}.json`
    symlinkSync(victim, spoolPath(toFolder))
    await assertRefused(toFolder, 'JOB_FILE_LINK')
    assert.deepEqual(readdirSync(victim), ['kept'])
  })

  test('C04: a fifo does not make the worker wait', async () => {
    const name = `${ulid()}.json`
    execFileSync('mkfifo', [spoolPath(name)])
    await assertRefused(name, 'JOB_FILE_SPECIAL')
  })

  test('C04: a socket and a device are refused unopened', { skip: notRoot }, async () => {
    const device = `${ulid()}.json`
    execFileSync('mknod', [spoolPath(device), 'c', '1', '5'])
    await assertRefused(device, 'JOB_FILE_SPECIAL')
    const socket = `${ulid()}.json`
    execFileSync(process.execPath, [
      '--eval',
      `require('node:net').createServer().listen(${JSON.stringify(spoolPath(socket))}, () => process.exit())`,
    ])
    assert.equal(lstatSync(spoolPath(socket)).isSocket(), true)
    await assertRefused(socket, 'JOB_FILE_SPECIAL')
  })

  test('C04: a second name of a file elsewhere is refused, and that file stays as it is', async () => {
    const elsewhere = join(folder.root, 'elsewhere')
    const job = sampleJob()
    writeFileSync(elsewhere, JSON.stringify(job), { mode: 0o640 })
    linkSync(elsewhere, spoolPath(`${job.id}.json`))
    await assertRefused(`${job.id}.json`, 'JOB_FILE_HARD_LINK')
    assert.equal(lstatSync(elsewhere).nlink, 1)
    assert.equal(lstatSync(elsewhere).mode & 0o777, 0o640)
  })

  test('C04: whose file it is, is what the file system says, not the file', { skip: notRoot }, async () => {
    const request = sampleRequest({ kind: 'cancel', by: 'root', run: 'r1' })
    plant(request, `${request.id}.json`)
    chownSync(spoolPath(`${request.id}.json`), WEB, WEB)
    assert.equal((await takeKnown(request.id)).ownerUid, WEB)
  })

  test('C05: what is written after the taking does not count', async () => {
    const job = sampleJob()
    const name = plant(job, `${job.id}.json`)
    const stillOpen = openSync(spoolPath(name), 'r+')
    const taken = await takeKnown(name)
    writeSync(stillOpen, JSON.stringify({ ...job, delivery: 'forged' }), 0)
    plant({ ...job, delivery: 'forged' }, name)
    assert.deepEqual(taken.job, job)
    await taken.done()
    assert.equal(existsSync(spoolPath(name)), true)
  })

  test('C05: a second file of the name in work is refused, the first is kept', async () => {
    const job = sampleJob()
    const name = plant(job, `${job.id}.json`)
    const first = await takeKnown(name)
    plant({ ...job, delivery: 'forged' }, name)
    assert.equal((await takeJob(folder, name)).kind, 'refused')
    const again = await takeLeftover(folder, name)
    assert.equal(again.kind === 'job' && again.job.delivery, job.delivery)
    await first.done()
  })

  test('C05: a file that is swapped for a link all the time leads nowhere else', async () => {
    const secret = join(folder.root, 'secret')
    const forged = sampleJob({ delivery: 'forged' })
    writeFileSync(secret, JSON.stringify(forged))
    const honest = { ...forged, delivery: 'honest' }
    const swapping = webProcess(`
      import { writeFileSync, symlinkSync, renameSync, rmSync } from 'node:fs'
      const file = ${JSON.stringify(spoolPath(`${forged.id}.json`))}
      const other = folder.spoolTmp + '/x'
      console.log('ready')
      for (;;) try {
        writeFileSync(other, ${JSON.stringify(JSON.stringify(honest))}); renameSync(other, file)
        symlinkSync(${JSON.stringify(secret)}, other); renameSync(other, file)
      } catch { rmSync(other, { force: true }) }`)
    try {
      await once(swapping.stdout ?? assert.fail(), 'data')
      const seen = { job: 0, refused: 0, gone: 0 }
      for (let at = 0; at < 100; at++) {
        const taken = await takeJob(folder, forged.id)
        seen[taken.kind] += 1
        if (taken.kind === 'refused') assert.equal(taken.reason.code, 'JOB_FILE_LINK')
        if (taken.kind !== 'job') continue
        assert.equal(taken.job.delivery, 'honest')
        await taken.done()
      }
      assert.ok(seen.job > 0 && seen.refused > 0, JSON.stringify(seen))
    } finally {
      swapping.kill('SIGKILL')
      await once(swapping, 'exit')
    }
  })

  test('C07: torn, empty and foreign files are refused', async () => {
    const job = sampleJob()
    const whole = JSON.stringify(job)
    await assertRefused(plant(whole.slice(0, 100), `${job.id}.json`), 'JOB_FILE_NOT_JSON')
    await assertRefused(plant('', `${ulid()}.json`), 'JOB_FILE_NOT_JSON')
    await assertRefused(plant(Buffer.of(0xff, 0xfe, 0x7b)), 'JOB_FILE_NOT_TEXT')
    await assertRefused(plant(`\ufeff${whole}`), 'JOB_FILE_ID')
    await assertRefused(plant('null'), 'JOB_FILE_VERSION')
    await assertRefused(plant({ ...job, version: 2 }, `${job.id}.json`), 'JOB_FILE_VERSION')
    await assertRefused(plant(job), 'JOB_FILE_ID')
  })

  test('names that are no job file’s are refused, whatever they try', async () => {
    const id = ulid()
    const names = [
      '.hidden',
      `${id}.json.tmp`,
      `${id.toLowerCase()}.json`,
      '-rf',
      'a\nb.json',
      'ü.json',
      `${'x'.repeat(250)}.json`,
      '...',
      '* .json',
    ]
    for (const name of names) await assertRefused(plant(sampleJob(), name), 'JOB_FILE_NAME')
    for (const name of ['', '.', '..', '../state/letterbox.db', '/etc/passwd', 'a\0b']) {
      assert.deepEqual(await takeJob(folder, name), { kind: 'gone' })
      assert.deepEqual(await takeLeftover(folder, name), { kind: 'gone' })
    }
  })

  test('F03: a file over the limit is refused unread, a growing one after the limit', async () => {
    const name = plant('')
    truncateSync(spoolPath(name), 10 * 1024 ** 4)
    await assertRefused(name, 'JOB_FILE_TOO_LARGE')
    assert.equal(readdirSync(folder.rejected).length, 1, 'only the reason is kept')
    const exact = plant(' '.repeat(MAX_JOB_FILE_BYTES))
    await assertRefused(exact, 'JOB_FILE_NOT_JSON')
  })

  test('F03: files that would explode in memory are refused quickly', async () => {
    const job = sampleJob()
    const bombs = [
      '['.repeat(MAX_JOB_FILE_BYTES),
      `{"version":1,"x":${'['.repeat(200_000)}${']'.repeat(200_000)}}`,
      JSON.stringify({ ...job, events: Array(100_000).fill({}) }),
      JSON.stringify({ ...job, events: [{ ...job.events[0], changedFiles: Array(240_000).fill(0) }] }),
      JSON.stringify({
        ...job,
        headers: Object.fromEntries(Array.from({ length: 100_000 }, (_, at) => [`k${at}`, 1])),
      }),
      JSON.stringify({ ...job, body: '='.repeat(30_000_000) }),
    ]
    for (const bomb of bombs) {
      const taken = await takeJob(folder, plant(bomb))
      assert.equal(taken.kind, 'refused')
    }
  })

  test('a delivery of the largest size that fits is taken', async () => {
    const job = sampleJob({ body: Buffer.alloc(23 * 1024 * 1024, 7).toString('base64') })
    await openSpool(folder).put(job)
    assert.equal((await takeKnown(job.id)).job.body?.length, job.body.length)
  })

  test('no bytes make the taking throw: they are refused, or are a job file', async () => {
    const valid = JSON.stringify(sampleJob())
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.json().map((text) => Buffer.from(text)),
      fc.tuple(fc.nat(valid.length - 1), fc.uint8Array({ minLength: 1, maxLength: 4 })).map(([at, change]) => {
        const copy = Buffer.from(valid)
        copy.set(change.subarray(0, copy.length - at), at)
        return copy
      }),
      fc
        .record({ version: fc.constant(1) }, { noNullPrototype: true })
        .chain((base) => fc.object().map((more) => Buffer.from(JSON.stringify({ ...more, ...base })))),
    )
    await fc.assert(
      fc.asyncProperty(bytes, async (content) => {
        const id = JSON.parse(valid).id
        const taken = await takeJob(folder, plant(content, `${id}.json`))
        if (taken.kind === 'job') {
          JobFile.parse(taken.job)
          await taken.done()
        } else assert.equal(taken.kind, 'refused')
        assert.deepEqual(readdirSync(folder.taken), [])
      }),
      { numRuns: 200 },
    )
  })

  test('what was refused is bounded: the oldest go', async () => {
    for (let at = 0; at < 499; at++) {
      for (const end of ['json', 'reason.json']) writeFileSync(join(folder.rejected, `${at}.${end}`), '{}')
    }
    for (let at = 0; at < 20; at++) await takeJob(folder, plant('x'))
    const files = readdirSync(folder.rejected)
    assert.equal(files.length, 1000)
    assert.equal(files.filter((name) => name.startsWith('01')).length, 40, 'the new ones are there')
    const fillers = files.filter((name) => /^\d+\.json$/.test(name))
    for (const name of fillers.slice(-9)) truncateSync(join(folder.rejected, name), 30 * 1024 * 1024)
    const last = plant('last')
    await takeJob(folder, last)
    assert.equal(reasonOf(last).code, 'JOB_FILE_NOT_JSON')
    const kept = readdirSync(folder.rejected)
    const bytes = kept.map((name) => statSync(join(folder.rejected, name)).size).reduce((a, b) => a + b, 0)
    assert.ok(bytes <= 256 * 1024 * 1024, `${bytes} bytes`)
  })

  test('C07: a web program killed at any moment leaves no half job file', { timeout: 60_000 }, async () => {
    const spool = openSpool(folder)
    let whole = 0
    for (let round = 0; round < 8; round++) {
      const child = webProcess(`
        const job = ${JSON.stringify(sampleJob({ body: '' }))}
        job.body = Buffer.alloc(200_000, 1).toString('base64')
        console.log('ready')
        for (;;) await spool.put({ ...job, id: ulid() })`)
      await once(child.stdout ?? assert.fail(), 'data')
      await until(async () => (await spool.names()).length > 2 + round)
      child.kill('SIGKILL')
      await once(child, 'exit')
      for (const name of await spool.names()) {
        const taken = await takeKnown(name)
        whole += 1
        await taken.done()
      }
    }
    assert.ok(whole > 8)
    await spool.clean(-1000)
    assert.deepEqual(readdirSync(folder.spoolTmp), [])
  })

  test('C11: two programs that take at once never get the same job', async () => {
    const jobs = Array.from({ length: 100 }, () => sampleJob())
    for (const job of jobs) await openSpool(folder).put(job)
    const takers = await Promise.all([1, 2, 3].map(() => Promise.all(jobs.map((job) => takeJob(folder, job.id)))))
    const got = takers.flat().flatMap((taken) => (taken.kind === 'job' ? [taken.job.id] : []))
    assert.deepEqual(got.sort(), jobs.map((job) => job.id).sort())
  })

  test('a spool on another file system is taken from by copying, just as safely', { skip: notRoot }, async () => {
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', folder.spool])
    try {
      mkdirSync(folder.spoolTmp)
      mkdirSync(folder.spoolNew)
      const job = sampleJob()
      await openSpool(folder).put(job)
      chownSync(spoolPath(`${job.id}.json`), WEB, WEB)
      const taken = await takeKnown(job.id)
      assert.deepEqual([taken.job, taken.ownerUid], [job, WEB])
      assert.deepEqual(readdirSync(folder.spoolNew), [])
      await taken.done()
      const name = `${ulid()}.json`
      symlinkSync('/etc/shadow', spoolPath(name))
      await assertRefused(name, 'JOB_FILE_LINK')
    } finally {
      execFileSync('umount', [folder.spool])
    }
  })

  test('a spool that cannot be read is our trouble, not the job’s', async () => {
    rmSync(folder.taken, { recursive: true })
    await assert.rejects(takenLeftovers(folder), { code: 'SPOOL_UNREADABLE', fault: 'ours' })
    rmSync(folder.spoolNew, { recursive: true })
    await assert.rejects(openSpool(folder).names(), { code: 'SPOOL_UNREADABLE' })
  })
})

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 20_000
  while (!(await condition())) {
    assert.ok(performance.now() < deadline, 'not within 20 s')
    await new Promise((resolve) => setImmediate(resolve))
  }
}
