import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { readWorkerState, type WorkerState, writeWorkerState } from '../../job/worker-state.ts'

const STATE: WorkerState = {
  version: '0.1.0',
  pid: 1,
  aliveSince: '2026-11-21T05:00:00.000Z',
  seenAt: '2026-11-21T05:00:00.000Z',
  queued: 1,
  running: 2,
  outbox: 3,
  config: { file: 'config.yaml', active: 'c0ffee', loadedAt: '2026-11-21T05:00:00.000Z', refused: null },
}

describe('what the web program may know of the worker', () => {
  let folder: string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'letterbox-state-'))
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  test('is replaced whole and readable to all, whatever the umask', () => {
    const file = join(folder, 'worker.json')
    const umask = process.umask(0o077)
    writeWorkerState(file, STATE)
    process.umask(umask)
    writeWorkerState(file, { ...STATE, queued: 7 })
    assert.deepEqual(readWorkerState(file), { ...STATE, queued: 7 })
    assert.equal(statSync(file).mode & 0o777, 0o644)
    assert.deepEqual(readdirSync(folder), ['worker.json'])
  })

  test('is nothing where no worker was, or one of another version', () => {
    assert.equal(readWorkerState(join(folder, 'none.json')), null)
    for (const content of ['', '{', '{}', '[]', JSON.stringify({ ...STATE, more: 1 })]) {
      writeFileSync(join(folder, 'other.json'), content)
      assert.equal(readWorkerState(join(folder, 'other.json')), null)
    }
  })
})
