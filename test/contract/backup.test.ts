import assert from 'node:assert/strict'
import { copyFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { dataFolder } from '../../job/data-folder.ts'
import { openStoreWriter } from '../../job/store.ts'
import { runCommand } from '../support/run-command.ts'
import { seedData } from '../support/seeded-data.ts'
import { sampleJob, sampleOutcome, sampleRun } from '../unit/job/sample-job.ts'

async function stand(context: TestContext) {
  const root = mkdtempSync(join(tmpdir(), 'letterbox-backup-'))
  const seeded = await seedData(join(root, 'data'))
  context.after(() => {
    seeded.store.close()
    rmSync(root, { recursive: true, force: true })
  })
  const backup = (...args: string[]) => runCommand(['backup', ...args, '--data', join(root, 'data')])
  return { root, seeded, backup }
}

test('a backup made while the worker writes holds all that was recorded, and can be restored', async (context) => {
  const { root, seeded, backup } = await stand(context)
  const file = join(root, 'kept.db')
  const { code, stdout } = await backup(file, '--json')
  assert.equal(code, 0)
  assert.equal(JSON.parse(stdout).file, file)
  const later = sampleOutcome([sampleRun()], { job: sampleJob({ delivery: 'after-the-backup' }) })
  seeded.store.recordJob(later, new Date().toISOString())

  copyFileSync(file, join(root, 'restored.db'))
  const store = openStoreWriter(join(root, 'restored.db'))
  context.after(() => store.close())
  assert.deepEqual(store.run(seeded.failed.id), seeded.store.run(seeded.failed.id))
  assert.deepEqual(
    store.openRuns().map(({ run }) => run.id),
    [seeded.running.id, seeded.other.id],
  )
  assert.equal(store.delivery('after-the-backup'), null)
})

test('a backup is one file, and replaces the one before only when it is whole', async (context) => {
  const { root, backup } = await stand(context)
  writeFileSync(join(root, 'kept.db'), 'an older backup')
  assert.equal((await backup(join(root, 'kept.db'))).code, 0)
  assert.deepEqual(
    readdirSync(root).filter((name) => name.startsWith('kept')),
    ['kept.db'],
  )
})

test('a backup to a folder that is not there fails with what to do, and leaves nothing', async (context) => {
  const { root, backup } = await stand(context)
  const { code, stderr } = await backup(join(root, 'nowhere', 'kept.db'))
  assert.equal(code, 1)
  assert.match(stderr, /cannot be written[\s\S]*hint: Name a file in a folder that exists/)
})

test('a store that is damaged is not backed up over a good copy', async (context) => {
  const root = mkdtempSync(join(tmpdir(), 'letterbox-backup-'))
  context.after(() => rmSync(root, { recursive: true, force: true }))
  const folder = dataFolder(join(root, 'data'))
  const { store } = await seedData(folder.root)
  store.close()
  writeFileSync(folder.store, 'this is no database, and it is long enough to be taken for one'.repeat(100))
  writeFileSync(join(root, 'kept.db'), 'an older backup')
  const { code } = await runCommand(['backup', join(root, 'kept.db'), '--data', folder.root])
  assert.equal(code, 1)
  assert.deepEqual(
    readdirSync(root).filter((name) => name.startsWith('kept')),
    ['kept.db'],
  )
})
