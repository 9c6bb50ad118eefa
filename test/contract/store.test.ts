import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, test } from 'node:test'
import { StepOutputs } from '../../job/run.ts'
import { openStoreReader, openStoreWriter } from '../../job/store.ts'
import type { StoreWriter } from '../../job/store-port.ts'
import {
  bodyDigest,
  REPOSITORY,
  sampleEvent,
  sampleJob,
  sampleOutcome,
  sampleRequest,
  sampleRun,
} from '../unit/job/sample-job.ts'

const NO_OUTPUTS = StepOutputs.parse({})
const T0 = '2026-11-21T05:00:01.000Z'
const T1 = '2026-11-21T05:00:02.000Z'
const T2 = '2026-11-21T05:00:03.000Z'

describe('the store', () => {
  let folder: string
  let count = 0
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'letterbox-store-'))
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  const freshFile = () => join(folder, `${count++}.db`)

  function withStore(work: (store: StoreWriter, file: string) => void): void {
    const file = freshFile()
    const store = openStoreWriter(file)
    try {
      work(store, file)
    } finally {
      store.close()
    }
  }

  test('a job and its runs are recorded together and read back whole', () => {
    withStore((store) => {
      const run = sampleRun()
      const outcome = sampleOutcome([run])
      assert.equal(store.recordJob(outcome, T0), true)
      const read = store.run(run.id)
      assert.deepEqual(
        { ...read, steps: read?.steps.map(({ index, action, state }) => ({ index, action, state })) },
        {
          id: run.id,
          number: 1,
          job: outcome.job.id,
          repository: REPOSITORY,
          event: 'push',
          ref: 'refs/heads/main',
          branch: 'main',
          tag: null,
          commit: 'a'.repeat(40),
          message: 'Sell more',
          author: 'Ada',
          trigger: 'push main',
          state: 'queued',
          reason: null,
          attempt: 1,
          queuedAt: T0,
          startedAt: null,
          finishedAt: null,
          steps: [
            { index: 0, action: 'build', state: 'queued' },
            { index: 1, action: 'test', state: 'queued' },
          ],
        },
      )
      assert.deepEqual(store.job(outcome.job.id)?.runs, [run.id])
      assert.deepEqual(store.job(outcome.job.id)?.events, outcome.job.events)
      assert.deepEqual(store.plan(run.id), run.plan)
      assert.deepEqual(store.counts(), { queued: 1, running: 0, outbox: 0 })
    })
  })

  test('the same job is recorded once, however often it is offered', () => {
    withStore((store) => {
      const outcome = sampleOutcome([sampleRun()])
      assert.equal(store.recordJob(outcome, T0), true)
      assert.equal(store.recordJob({ ...outcome, runs: [sampleRun()] }, T1), false)
      assert.equal(store.runs().length, 1)
      assert.equal(store.job(outcome.job.id)?.takenAt, T0)
    })
  })

  test('a job whose second run cannot be recorded leaves nothing behind', () => {
    withStore((store) => {
      const run = sampleRun()
      const outcome = sampleOutcome([run, { ...sampleRun(), id: run.id }])
      assert.throws(() => store.recordJob(outcome, T0))
      assert.equal(store.job(outcome.job.id), null)
      assert.deepEqual(store.runs(), [])
      assert.equal(store.recordJob({ ...outcome, runs: [run] }, T0), true)
      assert.equal(store.run(run.id)?.number, 1)
    })
  })

  test('runs are numbered per repository, and numbers never come back after pruning', () => {
    withStore((store) => {
      const elsewhere = 'github.com/acme/other'
      for (const repository of [REPOSITORY, REPOSITORY, elsewhere]) {
        store.recordJob(sampleOutcome([sampleRun({ repository })]), T0)
      }
      assert.deepEqual(
        store.runs().map((run) => `${run.repository}#${run.number}`),
        [`${elsewhere}#1`, `${REPOSITORY}#2`, `${REPOSITORY}#1`],
      )
      for (const { id } of store.runs()) {
        store.endRun({ run: id, state: 'canceled', reason: 'by ada', at: T1, mails: [] })
      }
      assert.equal(store.prune({ runs: 1, days: 1 }, '2027-01-01T00:00:00.000Z').length, 3)
      assert.deepEqual(store.deliveries(), [])
      store.recordJob(sampleOutcome([sampleRun()]), T2)
      assert.equal(store.run(`${REPOSITORY}#3`)?.number, 3)
    })
  })

  test('a run is found by id, by a unique prefix and by number', () => {
    withStore((store) => {
      const ids = ['01KAAAAAAAAAAAAAAAAAAAAAA1', '01KAAAAAAAAAAAAAAAAAAAAAA2', '01KBBBBBBBBBBBBBBBBBBBBBBB']
      for (const id of ids) store.recordJob(sampleOutcome([sampleRun({ id })]), T0)
      assert.equal(store.run(ids[0] ?? '')?.number, 1)
      assert.equal(store.run('01KBBB')?.number, 3)
      assert.equal(store.run('01kbbbbb')?.number, 3)
      assert.equal(store.run(`${REPOSITORY}#2`)?.id, ids[1])
      assert.equal(store.run('01KB'), null, 'four characters are too few')
      assert.equal(store.run('01KAAAAA'), null, 'two runs begin so')
      assert.equal(store.run(`${REPOSITORY}#4`), null)
      assert.equal(store.run("'; DROP TABLE runs --"), null)
    })
  })

  test('runs are filtered and come newest first, fifty where no limit is asked', () => {
    withStore((store) => {
      for (let at = 0; at < 60; at++) {
        const branch = at % 2 === 0 ? 'main' : 'next'
        const event = sampleEvent({ branch, ref: `refs/heads/${branch}` })
        store.recordJob(sampleOutcome([sampleRun({}, event)]), T0)
      }
      assert.equal(store.runs().length, 50)
      assert.equal(store.runs()[0]?.number, 60)
      assert.deepEqual(
        store.runs({ branch: 'main', limit: 2 }).map((run) => run.number),
        [59, 57],
      )
      const first = store.run(`${REPOSITORY}#1`)
      store.startRun(first?.id ?? '', T1)
      assert.deepEqual(
        store.runs({ state: 'running', repository: REPOSITORY, branch: 'main' }).map((run) => run.number),
        [1],
      )
      assert.deepEqual(store.runs({ repository: 'github.com/acme/none' }), [])
    })
  })

  test('a started run counts its starts and keeps its first start time', () => {
    withStore((store) => {
      const run = sampleRun()
      store.recordJob(sampleOutcome([run]), T0)
      assert.equal(store.startRun(run.id, T1), 1)
      assert.equal(store.startRun(run.id, T2), 2)
      store.layDown(run.id)
      assert.equal(store.startRun(run.id, T2), 2, 'a start that an orderly stop ended is not counted')
      const [open] = store.openRuns()
      assert.equal(open?.starts, 2)
      assert.equal(open?.run.startedAt, T1)
      assert.deepEqual(open?.plan, run.plan)
    })
  })

  test('steps taken from an earlier run are recorded as they ended there, and keep its id', () => {
    withStore((store) => {
      const outputs = { ...NO_OUTPUTS, image: 'acme/shop', imageId: 'sha256:1' }
      const run = sampleRun({
        attempt: 2,
        taken: [{ index: 0, state: 'succeeded', exitCode: null, error: null, outputs, from: '01KEARLIER' }],
      })
      store.recordJob(sampleOutcome([run]), T0)
      const [build, test] = store.run(run.id)?.steps ?? []
      assert.deepEqual([build?.state, build?.takenFrom, build?.startedAt], ['succeeded', '01KEARLIER', null])
      assert.deepEqual(build?.outputs, outputs)
      assert.deepEqual([test?.state, test?.takenFrom], ['queued', null])
    })
  })

  test('a cancel is remembered with the first who asked, and is read back with the open run after a restart', () => {
    withStore((store) => {
      const [canceled, other] = [sampleRun(), sampleRun()]
      store.recordJob(sampleOutcome([canceled, other]), T0)
      for (const by of ['ada@shop', 'bob@shop']) {
        const job = sampleRequest({ kind: 'cancel', by, run: canceled.id })
        store.recordJob(sampleOutcome([], { job, cancels: { run: canceled.id, by } }), T1)
      }
      assert.deepEqual(
        store.openRuns().map(({ canceledBy }) => canceledBy),
        ['ada@shop', null],
      )
      store.endRun({ run: canceled.id, state: 'canceled', reason: 'canceled by ada@shop', at: T2, mails: [] })
      assert.deepEqual(
        store.openRuns().map(({ run }) => run.id),
        [other.id],
      )
    })
  })

  test('a step is changed piece by piece', () => {
    withStore((store) => {
      const run = sampleRun()
      store.recordJob(sampleOutcome([run]), T0)
      store.startRun(run.id, T1)
      store.setStep(run.id, 0, { state: 'running', startedAt: T1 })
      const error = { code: 'IMAGE_BUILD_FAILED', message: 'no', hint: null }
      store.setStep(run.id, 0, { state: 'failed', finishedAt: T2, exitCode: 1, error })
      const step = store.run(run.id)?.steps[0]
      assert.equal(step?.state, 'failed')
      assert.equal(step?.startedAt, T1)
      assert.equal(step?.exitCode, 1)
      assert.deepEqual(step?.error, error)
      assert.throws(() => store.setStep(run.id, 7, { state: 'failed' }), { code: 'RUN_UNKNOWN' })
    })
  })

  test('a run ends once; its open steps end with it and its mails enter the outbox', () => {
    withStore((store) => {
      const run = sampleRun()
      store.recordJob(sampleOutcome([run]), T0)
      store.startRun(run.id, T1)
      store.setStep(run.id, 0, { state: 'running', startedAt: T1 })
      const mails = [{ id: 'm1', messageId: '<m1@example.com>', payload: '{"to":"ada"}' }]
      assert.equal(store.endRun({ run: run.id, state: 'failed', reason: 'build failed', at: T2, mails }), true)
      assert.equal(store.endRun({ run: run.id, state: 'succeeded', reason: null, at: T2, mails }), false)
      const ended = store.run(run.id)
      assert.equal(ended?.state, 'failed')
      assert.equal(ended?.finishedAt, T2)
      assert.deepEqual(
        ended?.steps.map((step) => step.state),
        ['failed', 'skipped'],
      )
      assert.deepEqual(store.outboxDue(T2), [
        { id: 'm1', run: run.id, messageId: '<m1@example.com>', attempts: 0, payload: '{"to":"ada"}' },
      ])
      assert.throws(() => store.setStep(run.id, 0, { state: 'running' }), { code: 'RUN_ENDED' })
      assert.throws(() => store.startRun(run.id, T2), { code: 'RUN_ENDED' })
      assert.throws(() => store.endRun({ run: 'x', state: 'failed', reason: null, at: T2, mails: [] }), {
        code: 'RUN_UNKNOWN',
      })
    })
  })

  test('the steps of a canceled run are canceled', () => {
    withStore((store) => {
      const run = sampleRun()
      store.recordJob(sampleOutcome([run]), T0)
      store.startRun(run.id, T1)
      store.setStep(run.id, 0, { state: 'running', startedAt: T1 })
      store.endRun({ run: run.id, state: 'canceled', reason: 'by ada', at: T2, mails: [] })
      assert.deepEqual(
        store.run(run.id)?.steps.map(({ state, finishedAt }) => ({ state, finishedAt })),
        [
          { state: 'canceled', finishedAt: T2 },
          { state: 'canceled', finishedAt: null },
        ],
      )
    })
  })

  test('a delayed mail waits for its time, a sent one never comes back', () => {
    withStore((store) => {
      const run = sampleRun()
      store.recordJob(sampleOutcome([run]), T0)
      const mails = ['m1', 'm2'].map((id) => ({ id, messageId: `<${id}@x>`, payload: '{}' }))
      store.endRun({ run: run.id, state: 'failed', reason: null, at: T0, mails })
      store.mailDelayed('m1', T2, 'connect ECONNREFUSED')
      assert.deepEqual(
        store.outboxDue(T1).map((mail) => mail.id),
        ['m2'],
      )
      assert.equal(store.outboxNext(), T0)
      store.mailSent('m2', T1)
      assert.equal(store.outboxNext(), T2)
      assert.equal(store.outboxDue(T2)[0]?.attempts, 1)
      store.mailGivenUp('m1', 'no such mailbox')
      assert.equal(store.outboxNext(), null)
      assert.equal(store.counts().outbox, 0)
    })
  })

  test('a delivery seen before is found by its id and by its body, also after its record was pruned', () => {
    withStore((store) => {
      const job = sampleJob()
      store.recordJob(sampleOutcome([], { job, because: 'no trigger matches' }), T0)
      const digest = bodyDigest(job) ?? ''
      assert.equal(store.seen('github', job.delivery, 'other'), job.id)
      assert.equal(store.seen('github', 'other', digest), job.id)
      assert.equal(store.seen('gitea', job.delivery, digest), null)
      assert.equal(store.delivery(job.delivery)?.because, 'no trigger matches')
      store.prune({ runs: 1, days: 1 }, '2027-01-01T00:00:00.000Z')
      assert.equal(store.delivery(job.delivery), null)
      assert.equal(store.seen('github', job.delivery, 'other'), job.id)
    })
  })

  test('of a delivery that came twice the one that counted is shown', () => {
    withStore((store) => {
      const first = sampleJob({ delivery: 'd1' })
      const again = sampleJob({ delivery: 'd1' })
      store.recordJob(sampleOutcome([sampleRun()], { job: first }), T0)
      store.recordJob(sampleOutcome([], { job: again, duplicateOf: first.id }), T1)
      assert.equal(store.delivery('d1')?.id, first.id)
      assert.equal(store.delivery(again.id)?.duplicateOf, first.id)
      assert.deepEqual(
        store.deliveries({ repository: REPOSITORY }).map((job) => job.id),
        [again.id, first.id],
      )
    })
  })

  test('what a person asked for is kept with who asked', () => {
    withStore((store) => {
      const job = sampleRequest({ kind: 'cancel', by: 'ada', run: 'r1' })
      store.recordJob({ ...sampleOutcome([], { job }), repository: null }, T0)
      assert.deepEqual(store.job(job.id)?.request, { kind: 'cancel', by: 'ada', run: 'r1' })
    })
  })

  test('the commit found at the remote becomes part of the run and of its plan', () => {
    withStore((store) => {
      const event = sampleEvent({ type: 'manual', commit: null, message: null, author: null })
      const run = sampleRun({}, event)
      store.recordJob(sampleOutcome([run]), T0)
      const commit = 'd'.repeat(40)
      store.setCommit(run.id, commit, { ...event, commit, message: 'found' })
      assert.equal(store.run(run.id)?.commit, commit)
      assert.equal(store.run(run.id)?.message, 'found')
      assert.equal(store.plan(run.id).event.commit, commit)
    })
  })

  test('the run before is the last verdict of the same repository, ref and trigger', () => {
    withStore((store) => {
      const ends = [
        { state: 'failed', branch: 'main' },
        { state: 'succeeded', branch: 'next' },
        { state: 'skipped', branch: 'main' },
        { state: 'canceled', branch: 'main' },
      ] as const
      for (const { state, branch } of ends) {
        const run = sampleRun({}, sampleEvent({ branch, ref: `refs/heads/${branch}` }))
        store.recordJob(sampleOutcome([run]), T0)
        store.endRun({ run: run.id, state, reason: null, at: T1, mails: [] })
      }
      const last = sampleRun()
      store.recordJob(sampleOutcome([last]), T2)
      assert.equal(store.previousRun(last.id)?.number, 1)
    })
  })

  test('pruning keeps open runs, the last verdict of each branch and what waits to be mailed', () => {
    withStore((store) => {
      const numbers = (state: 'succeeded' | 'queued', trigger: string, mails: number) => {
        const run = sampleRun({ trigger })
        store.recordJob(sampleOutcome([run]), T0)
        const waiting = Array.from({ length: mails }, (_, at) => ({
          id: `${run.id}-${at}`,
          messageId: '<m@x>',
          payload: '{}',
        }))
        if (state !== 'queued') store.endRun({ run: run.id, state, reason: null, at: T1, mails: waiting })
        return run.id
      }
      const gone = [numbers('succeeded', 'a', 0), numbers('succeeded', 'a', 0)]
      const kept = [numbers('succeeded', 'a', 0), numbers('succeeded', 'b', 1), numbers('succeeded', 'b', 0)]
      kept.push(numbers('queued', 'a', 0))
      assert.deepEqual(store.prune({ runs: 1000, days: 90 }, '2026-12-01T00:00:00.000Z'), [])
      assert.deepEqual(store.prune({ runs: 1, days: 90 }, '2026-12-01T00:00:00.000Z'), gone)
      assert.deepEqual(
        store.runs().map((run) => run.id),
        kept.toReversed(),
      )
      assert.equal(store.deliveries().length, 4)
    })
  })

  test('the config of a run is kept as long as the run', () => {
    withStore((store) => {
      store.keepConfig('c0ffee', '{"a":1}')
      store.keepConfig('c0ffee', '{"a":2}')
      store.recordJob(sampleOutcome([sampleRun()]), T0)
      for (let at = 0; at < 20; at++) store.keepConfig(`spare${at}`, '{}')
      store.prune({ runs: 1, days: 1 }, T1)
      assert.equal(store.config('c0ffee'), '{"a":1}')
      assert.equal(store.config('spare0'), null)
      assert.equal(store.config('spare19'), '{}')
    })
  })

  test('a transaction that throws leaves nothing, also inside another one', () => {
    withStore((store) => {
      const outer = sampleOutcome([])
      const inner = sampleOutcome([])
      store.transaction(() => {
        store.recordJob(outer, T0)
        assert.throws(() =>
          store.transaction(() => {
            store.recordJob(inner, T0)
            throw new Error('no')
          }),
        )
      })
      assert.notEqual(store.job(outer.job.id), null)
      assert.equal(store.job(inner.job.id), null)
    })
  })

  test('a reader sees what the worker writes, while it writes', () => {
    withStore((store, file) => {
      const reader = openStoreReader(file)
      assert.deepEqual(reader.runs(), [])
      store.recordJob(sampleOutcome(), T0)
      assert.equal(reader.runs().length, 1)
      reader.close()
    })
  })

  test('a missing store, an empty file and a store not made yet are reported as missing', () => {
    const file = freshFile()
    assert.throws(() => openStoreReader(file), { code: 'STORE_MISSING' })
    writeFileSync(file, '')
    assert.throws(() => openStoreReader(file), { code: 'STORE_MISSING' })
    new DatabaseSync(file).exec('PRAGMA journal_mode = WAL')
    assert.throws(() => openStoreReader(file), { code: 'STORE_MISSING' })
  })

  test('a store of a newer Letterbox is refused by writer and reader, and left as it is', () => {
    const file = freshFile()
    openStoreWriter(file).close()
    const newer = new DatabaseSync(file)
    newer.exec('PRAGMA user_version = 99')
    newer.close()
    assert.throws(() => openStoreWriter(file), { code: 'STORE_TOO_NEW', found: 99 })
    assert.throws(() => openStoreReader(file), { code: 'STORE_TOO_NEW' })
  })

  test('a damaged file and a foreign database are refused with a hint', () => {
    const garbage = freshFile()
    writeFileSync(garbage, 'this is no database, however long one looks at it. '.repeat(100))
    assert.throws(() => openStoreWriter(garbage), { code: 'STORE_CORRUPT', hint: /move/ })
    assert.throws(() => openStoreReader(garbage), { code: 'STORE_CORRUPT' })
    const foreign = freshFile()
    const database = new DatabaseSync(foreign)
    database.exec('CREATE TABLE cats (name TEXT)')
    database.close()
    assert.throws(() => openStoreWriter(foreign), { code: 'STORE_CORRUPT', message: /not one of Letterbox/ })
  })

  test('a store in a folder that does not exist is unavailable, not a crash', () => {
    assert.throws(() => openStoreWriter(join(folder, 'none', 'x.db')), { code: 'STORE_UNAVAILABLE' })
  })
})
