import assert from 'node:assert/strict'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { dataFolder } from '../../job/data-folder.ts'
import { prepareDataFolder } from '../../job/prepare-data-folder.ts'
import { openStoreWriter } from '../../job/store.ts'
import { freshFolder } from '../support/fresh-folder.ts'
import { letterboxIn } from '../support/letterbox.ts'
import { sampleEvent, sampleJob, sampleOutcome, sampleRequest, sampleRun } from '../unit/job/sample-job.ts'

const T0 = '2026-11-21T05:00:01.000Z'

suite('the audit log', () => {
  test('tells who started, retried and canceled what, from where, in the transaction that records it', (t) => {
    const store = openStoreWriter(join(freshFolder(t), 'letterbox.db'))
    t.after(() => store.close())
    const run = sampleRun()
    const first = sampleOutcome([run])
    store.recordJob(first, T0)
    store.recordJob(first, T0)
    store.recordJob(sampleOutcome([], { duplicateOf: first.job.id, because: 'it repeats it' }), T0)
    const asked = (request: Parameters<typeof sampleRequest>[0], runs = [sampleRun()]) =>
      store.recordJob(sampleOutcome(runs, { job: sampleRequest(request), bodyDigest: null, because: null }), T0)
    asked({ kind: 'retry', by: 'root@host', run: run.id })
    asked({ kind: 'cancel', by: 'root@host', run: run.id }, [])
    const seen = store.audit().map(({ action, by, source, run: of }) => [action, by, source, of])
    assert.deepEqual(seen, [
      ['canceled', 'root@host', 'cli', run.id],
      ['retried', 'root@host', 'cli', run.id],
      ['repeated', 'ada', 'webhook', null],
      ['triggered', 'ada', 'webhook', run.id],
    ])
    assert.deepEqual(store.audit({ action: 'retried' }).length, 1)
    assert.deepEqual(store.audit({ by: 'ada', limit: 1 }).length, 1)
  })

  test('is kept for as many days as runs are, and within 100 000 lines', (t) => {
    const store = openStoreWriter(join(freshFolder(t), 'letterbox.db'))
    t.after(() => store.close())
    const line = (at: string, detail: string) =>
      store.keepAudit({ at, action: 'refused', by: null, source: null, repository: null, run: null, job: null, detail })
    line('2026-01-01T00:00:00.000Z', 'old')
    line(T0, 'two\nlines\u001b[31m')
    store.prune({ runs: 10, days: 90 }, T0)
    assert.deepEqual(
      store.audit().map(({ detail }) => detail),
      ['two lines [31m'],
    )
    store.transaction(() => {
      for (let i = 0; i < 100_998; i++) line(T0, String(i))
    })
    const kept = store.audit({ limit: 200_000 })
    assert.ok(kept.length <= 100_999 && kept.length >= 100_000, String(kept.length))
    assert.equal(kept[0]?.detail, '100997')
  })

  test('is shown by letterbox audit, as a table and as JSON', async (t) => {
    const folder = freshFolder(t)
    const letterbox = letterboxIn({ folder, config: 'repositories: {}\n', env: {} })
    const data = dataFolder(letterbox.data.root)
    prepareDataFolder(data, { webGid: null })
    const store = openStoreWriter(data.store)
    const event = sampleEvent({ branch: 'dev' })
    store.recordJob(sampleOutcome([sampleRun({}, event)], { job: sampleJob({ events: [event] }) }), T0)
    store.close()
    const json = await letterbox.command('audit', '--action', 'triggered', '--json')
    assert.equal(json.code, 0, json.stderr)
    assert.equal(JSON.parse(json.stdout).audit[0].by, 'ada')
    const table = await letterbox.command('audit')
    assert.match(table.stdout, /triggered +ada +webhook/)
    assert.equal((await letterbox.command('audit', '--limit', '0')).code, 2)
  })
})
