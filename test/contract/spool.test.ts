import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { type DataFolder, dataFolder } from '../../job/data-folder.ts'
import { JobFile, MAX_JOB_FILE_BYTES } from '../../job/job-file.ts'
import { prepareDataFolder } from '../../job/prepare-data-folder.ts'
import { openSpool } from '../../job/spool.ts'
import { sampleJob, sampleRequest } from '../unit/job/sample-job.ts'

const notRoot = process.getuid?.() !== 0 && 'needs root'
const NOBODY = 65_534

describe('the spool, from the side of the web program', () => {
  let folder: DataFolder
  const mounts: string[] = []
  beforeEach(() => {
    folder = dataFolder(mkdtempSync(join(tmpdir(), 'letterbox-spool-')))
    prepareDataFolder(folder, { webGid: null })
  })
  afterEach(() => {
    for (const mount of mounts.splice(0)) execFileSync('umount', [mount])
    rmSync(folder.root, { recursive: true, force: true })
  })

  function mountSpool(options: string): void {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder.spool])
    mounts.push(folder.spool)
    mkdirSync(folder.spoolTmp)
    mkdirSync(folder.spoolNew)
  }

  test('a job file that was put is there whole, and nothing else', async () => {
    const jobs = [sampleJob(), sampleRequest({ kind: 'retry', by: 'ada', run: 'r1' })]
    for (const job of jobs) await openSpool(folder).put(job)
    assert.deepEqual(readdirSync(folder.spoolTmp), [])
    assert.deepEqual(
      readdirSync(folder.spoolNew)
        .sort()
        .map((name) => JobFile.parse(JSON.parse(readFileSync(join(folder.spoolNew, name), 'utf8')))),
      jobs,
    )
    assert.equal(statSync(join(folder.spoolNew, `${jobs[0]?.id}.json`)).mode & 0o777, 0o640)
  })

  test('what waits is told with its size, oldest first; other names are for the worker alone', async () => {
    const spool = openSpool(folder)
    const [late, early] = ['01KB0000000000000000000000', '01KA0000000000000000000000'].map((id) => sampleJob({ id }))
    assert.ok(late && early)
    await spool.put(late)
    await spool.put(early)
    writeFileSync(join(folder.spoolNew, '.hidden'), '')
    const bytes = statSync(join(folder.spoolNew, `${early.id}.json`)).size
    assert.deepEqual(await spool.waiting(), [
      { id: early.id, bytes },
      { id: late.id, bytes },
    ])
    assert.deepEqual(await spool.names(), ['.hidden', `${early.id}.json`, `${late.id}.json`])
  })

  test('C09: a full disk refuses the job with a typed error and keeps nothing half', { skip: notRoot }, async () => {
    mountSpool('size=256k')
    const spool = openSpool(folder)
    const small = sampleJob()
    await spool.put(small)
    const large = sampleJob({ body: Buffer.alloc(400_000).toString('base64') })
    await assert.rejects(spool.put(large), { code: 'SPOOL_FULL', fault: 'ours', hint: /Free space/ })
    assert.deepEqual(readdirSync(folder.spoolTmp), [])
    assert.deepEqual(readdirSync(folder.spoolNew), [`${small.id}.json`])
    await spool.put(sampleJob())
  })

  test('C09: a full table of files refuses the same way', { skip: notRoot }, async () => {
    mountSpool('size=1m,nr_inodes=5')
    const spool = openSpool(folder)
    await spool.put(sampleJob())
    await spool.put(sampleJob())
    await assert.rejects(spool.put(sampleJob()), { code: 'SPOOL_FULL' })
    assert.deepEqual(readdirSync(folder.spoolTmp), [])
  })

  test('C09: a read-only spool is told apart from a full one', { skip: notRoot }, async () => {
    mountSpool('size=1m')
    execFileSync('mount', ['-o', 'remount,ro', folder.spool])
    await assert.rejects(openSpool(folder).put(sampleJob()), {
      code: 'SPOOL_UNWRITABLE',
      errno: 'EROFS',
      hint: /read-only/,
    })
  })

  test('C09: a program that has no file descriptors left says so', () => {
    const script = `
      import { openSync } from 'node:fs'
      import { openSpool } from ${JSON.stringify(new URL('../../job/spool.ts', import.meta.url).href)}
      import { dataFolder } from ${JSON.stringify(new URL('../../job/data-folder.ts', import.meta.url).href)}
      const spool = openSpool(dataFolder(${JSON.stringify(folder.root)}))
      try { for (;;) openSync('/dev/null') } catch {}
      const job = ${JSON.stringify(sampleJob())}
      await spool.put(job).then(() => console.log('put'), (error) => console.log(error.code, error.errno))`
    const node = [process.execPath, '--input-type=module', '--eval', script]
    const output = execFileSync('sh', ['-c', 'ulimit -n 64; exec "$@"', 'sh', ...node], { encoding: 'utf8' })
    assert.equal(output, 'SPOOL_UNWRITABLE EMFILE\n')
    assert.deepEqual(readdirSync(folder.spoolTmp), [])
  })

  test('two mounts instead of one are named as the cause', { skip: notRoot }, async () => {
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', folder.spoolTmp])
    mounts.push(folder.spoolTmp)
    await assert.rejects(openSpool(folder).put(sampleJob()), { errno: 'EXDEV', hint: /one mount/ })
    assert.deepEqual(readdirSync(folder.spoolTmp), [])
  })

  test('a spool that was never made says what to do', async () => {
    const none = openSpool(dataFolder(join(folder.root, 'none')))
    await assert.rejects(none.put(sampleJob()), { code: 'SPOOL_UNWRITABLE', hint: /worker/ })
    await assert.rejects(none.waiting(), { code: 'SPOOL_UNREADABLE' })
  })

  test('a half-written file of the same id is not overwritten, and a link in its place not followed', async () => {
    const job = sampleJob()
    const elsewhere = join(folder.root, 'elsewhere')
    symlinkSync(elsewhere, join(folder.spoolTmp, job.id))
    await assert.rejects(openSpool(folder).put(job), { code: 'SPOOL_UNWRITABLE', errno: 'EEXIST' })
    assert.deepEqual(readdirSync(folder.spoolTmp), [job.id])
    assert.throws(() => statSync(elsewhere))
  })

  test('a job file that the worker would refuse for its size is not written', async () => {
    const job = sampleJob({ body: Buffer.alloc(MAX_JOB_FILE_BYTES * (3 / 4)).toString('base64') })
    await assert.rejects(openSpool(folder).put(job), { code: 'JOB_FILE_TOO_LARGE' })
    assert.deepEqual(readdirSync(folder.spoolNew), [])
  })

  test('C07: what a killed program left half-written is removed later, folders and links too', async () => {
    const spool = openSpool(folder)
    const victim = join(folder.root, 'victim')
    mkdirSync(victim)
    writeFileSync(join(victim, 'kept'), '')
    writeFileSync(join(folder.spoolTmp, '01KA0000000000000000000000'), '{"ver')
    mkdirSync(join(folder.spoolTmp, 'deep', 'er'), { recursive: true })
    symlinkSync(victim, join(folder.spoolTmp, 'deep', 'er', 'link'))
    symlinkSync(victim, join(folder.spoolTmp, 'link'))
    writeFileSync(Buffer.concat([Buffer.from(`${folder.spoolNew}/`), Buffer.of(0xff, 0xfe)]), '')
    assert.equal((await spool.clean(60_000)).removed, 0)
    assert.deepEqual(await spool.clean(-1000), { removed: 4, left: [] })
    assert.deepEqual([...readdirSync(folder.spoolTmp), ...readdirSync(folder.spoolNew)], [])
    assert.deepEqual(readdirSync(victim), ['kept'])
  })
})

describe('the data folder', () => {
  let folder: DataFolder
  beforeEach(() => {
    folder = dataFolder(join(mkdtempSync(join(tmpdir(), 'letterbox-data-')), 'data'))
  })
  afterEach(() => rmSync(join(folder.root, '..'), { recursive: true, force: true }))

  const modeOf = (path: string) => {
    const { uid, gid, mode } = statSync(path)
    return `${uid}:${gid} ${(mode & 0o7777).toString(8)}`
  }

  test('gets its owners and modes, whatever the umask; a second time changes nothing', { skip: notRoot }, () => {
    const umask = process.umask(0o077)
    try {
      assert.deepEqual(prepareDataFolder(folder, { webGid: 33 }), [])
    } finally {
      process.umask(umask)
    }
    assert.deepEqual(
      [
        folder.spool,
        folder.spoolTmp,
        folder.spoolNew,
        folder.state,
        folder.logs,
        folder.work,
        folder.taken,
        folder.rejected,
      ].map(modeOf),
      ['0:0 755', '0:33 1770', '0:33 1770', '0:0 755', '0:0 755', '0:0 711', '0:0 700', '0:0 700'],
    )
    assert.deepEqual(prepareDataFolder(folder, { webGid: 33 }), [])
  })

  test('is put right where somebody changed it, and what was wrong is told', { skip: notRoot }, () => {
    prepareDataFolder(folder, { webGid: 33 })
    chmodSync(folder.taken, 0o777)
    chownSync(folder.spoolNew, NOBODY, NOBODY)
    assert.deepEqual(prepareDataFolder(folder, { webGid: 33 }), [
      { path: folder.spoolNew, found: '65534:65534 1770', wanted: '0:33 1770' },
      { path: folder.taken, found: '0:0 0777', wanted: '0:0 0700' },
    ])
    assert.equal(modeOf(folder.taken), '0:0 700')
  })

  test('a link in the place of a folder is refused', () => {
    prepareDataFolder(folder, { webGid: null })
    rmSync(folder.rejected, { recursive: true })
    symlinkSync('/tmp', folder.rejected)
    assert.throws(() => prepareDataFolder(folder, { webGid: null }), { code: 'DATA_FOLDER_UNUSABLE' })
  })

  test('a root that is a file is refused with what to check', () => {
    writeFileSync(folder.root, '')
    assert.throws(() => prepareDataFolder(folder, { webGid: null }), { code: 'DATA_FOLDER_UNUSABLE', hint: /--data/ })
  })

  test('of another user than root is that user’s own', { skip: notRoot }, () => {
    chownSync(join(folder.root, '..'), NOBODY, NOBODY)
    const script = `
      import { prepareDataFolder } from ${JSON.stringify(new URL('../../job/prepare-data-folder.ts', import.meta.url).href)}
      import { dataFolder } from ${JSON.stringify(new URL('../../job/data-folder.ts', import.meta.url).href)}
      console.log(JSON.stringify(prepareDataFolder(dataFolder(${JSON.stringify(folder.root)}), { webGid: null })))`
    const args = ['--input-type=module', '--eval', script]
    const output = execFileSync(process.execPath, args, { uid: NOBODY, gid: NOBODY, encoding: 'utf8' })
    assert.equal(output, '[]\n')
    assert.equal(modeOf(folder.spoolNew), '65534:65534 700')
  })
})
