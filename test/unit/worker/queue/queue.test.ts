import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Run } from '../../../../job/run.ts'
import type { RunEnd } from '../../../../job/store-port.ts'
import { createQueue } from '../../../../worker/queue/queue.ts'
import { type QueueEntry, queueEntry } from '../../../../worker/queue/queue-entry.ts'
import { stopReason } from '../../../../worker/queue/stop-reason.ts'
import { sampleRun } from '../../../support/sample-run.ts'

type Supersede = QueueEntry['supersede']
type Held = { run: Run; signal: AbortSignal; finish(): void }

function queueWith(concurrency: number) {
  const started: Held[] = []
  const ends: RunEnd[] = []
  const queue = createQueue({
    concurrency,
    execute: (run, signal) =>
      new Promise((finish) => {
        started.push({ run, signal, finish })
        signal.addEventListener('abort', () => finish(), { once: true })
      }),
    end: (end) => ends.push(end),
    now: () => new Date('2026-11-21T05:00:00Z'),
    log: { info() {} },
  })
  const add = (runs: Run[], settings: { supersede?: Supersede; concurrency?: string } = {}) =>
    queue.add(runs.map((run) => queueEntry(run, { supersede: 'queued', ...settings })))
  return { queue, add, started, ends }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))
const ids = (held: Held[]) => held.map(({ run }) => run.id)

test('no more runs go at once than the config says', async () => {
  const { add, started } = queueWith(2)
  const runs = ['a', 'b', 'c'].map((branch) => sampleRun({ branch }))
  add(runs)
  assert.equal(started.length, 2)
  started[0]?.finish()
  await turn()
  assert.deepEqual(
    ids(started),
    runs.map((run) => run.id),
  )
})

test('runs of one branch go one after the other in order of arrival', async () => {
  const { add, started } = queueWith(4)
  const [first, second] = [sampleRun({ trigger: 'one' }), sampleRun({ trigger: 'two' })]
  add([first, second])
  assert.deepEqual(ids(started), [first.id])
  started[0]?.finish()
  await turn()
  assert.deepEqual(ids(started), [first.id, second.id])
})

test('a newer push skips the queued older one and names itself in the reason', () => {
  const { add, ends } = queueWith(1)
  const running = sampleRun({ branch: 'other' })
  const [older, newer] = [sampleRun(), sampleRun()]
  add([running, older, newer])
  assert.deepEqual(
    ends.map(({ run, state }) => [run, state]),
    [[older.id, 'skipped']],
  )
  assert.match(ends[0]?.reason ?? '', new RegExp(`superseded by run #${newer.number} \\(${newer.id}\\)`))
})

test('a newer push leaves tags, other triggers, other branches and asked-for runs alone', () => {
  const { add, ends } = queueWith(1)
  const kept = [
    sampleRun({ branch: 'other' }),
    sampleRun({ event: 'tag', tag: 'v1', branch: null, ref: 'refs/tags/v1' }),
    sampleRun({ trigger: 'another' }),
    sampleRun({ event: 'manual' }),
    sampleRun({ attempt: 2 }),
  ]
  add([...kept, sampleRun(), sampleRun({ event: 'tag', tag: 'v1', branch: null, ref: 'refs/tags/v1' })])
  assert.deepEqual(ends, [])
})

test('a repository that floods the queue does not starve another', () => {
  const { add, started } = queueWith(2)
  const flood = ['a', 'b', 'c', 'd'].map((branch) => sampleRun({ branch }))
  const other = sampleRun({ repository: 'github.com/acme/blog' })
  add([...flood, other])
  assert.deepEqual(ids(started), [flood[0]?.id, other.id])
})

test('a queued run that is canceled ends at once and never starts', async () => {
  const { queue, add, started, ends } = queueWith(1)
  const [first, second] = [sampleRun({ branch: 'a' }), sampleRun({ branch: 'b' })]
  add([first, second])
  assert.equal(queue.cancel(second.id, 'ada'), true)
  started[0]?.finish()
  await queue.idle()
  assert.deepEqual(ids(started), [first.id])
  assert.equal(ends[0]?.state, 'canceled')
})

test('a running run that is canceled is told who did it, and the next one starts', async () => {
  const { queue, add, started } = queueWith(1)
  const [first, second] = [sampleRun({ branch: 'a' }), sampleRun({ branch: 'b' })]
  add([first, second])
  assert.equal(queue.cancel(first.id, 'ada'), true)
  await turn()
  assert.deepEqual(started[0] && stopReason(started[0].signal), { kind: 'canceled', by: 'ada' })
  assert.deepEqual(ids(started), [first.id, second.id])
})

test('a run that has ended cannot be canceled', async () => {
  const { queue, add, started } = queueWith(1)
  const run = sampleRun()
  add([run])
  started[0]?.finish()
  await queue.idle()
  assert.equal(queue.cancel(run.id, 'ada'), false)
})

test('stopping starts nothing new and lays running runs down after the grace time', async () => {
  const { queue, add, started, ends } = queueWith(1)
  add([sampleRun({ branch: 'a' }), sampleRun({ branch: 'b' })])
  await queue.stop(5)
  assert.equal(started.length, 1)
  assert.deepEqual(started[0] && stopReason(started[0].signal), { kind: 'worker-stops' })
  assert.deepEqual(ends, [])
})

test('a run that had begun before a restart goes on, whatever was pushed since', () => {
  const { add, ends } = queueWith(1)
  add([sampleRun({ branch: 'other' }), sampleRun({ state: 'running' }), sampleRun()])
  assert.deepEqual(ends, [])
})

test('a newer push leaves the running one alone, unless its trigger supersedes running ones', async () => {
  for (const supersede of ['queued', 'none'] as const) {
    const { add, started } = queueWith(1)
    add([sampleRun()], { supersede })
    add([sampleRun()], { supersede })
    assert.equal(started[0]?.signal.aborted, false, supersede)
  }
})

test('with supersede: running a newer push cancels the running one, names itself, and starts when that is gone', async () => {
  const { add, started, ends } = queueWith(2)
  const [older, newer] = [sampleRun(), sampleRun()]
  add([older], { supersede: 'running' })
  add([newer], { supersede: 'running' })
  const by = `run #${newer.number} (${newer.id}), a newer push to main`
  assert.deepEqual(started[0] && stopReason(started[0].signal), { kind: 'superseded', by })
  await turn()
  assert.deepEqual(ids(started), [older.id, newer.id])
  assert.deepEqual(ends, [])
})

test('with supersede: running a newer push still leaves tags, other triggers, branches and asked-for runs alone', () => {
  const { add, started } = queueWith(9)
  const tag = { event: 'tag', tag: 'v1', branch: null, ref: 'refs/tags/v1' } as const
  const kept: Partial<Run>[] = [
    { branch: 'other' },
    tag,
    { trigger: 'another', ref: 'refs/heads/x' },
    { event: 'manual', ref: null },
  ]
  add(
    kept.map((change) => sampleRun(change)),
    { supersede: 'running' },
  )
  add([sampleRun(), sampleRun(tag)], { supersede: 'running' })
  assert.deepEqual(
    started.filter(({ signal }) => signal.aborted),
    [],
  )
})

test('with supersede: none every push runs', () => {
  const { add, ends } = queueWith(1)
  add([sampleRun({ branch: 'other' }), sampleRun(), sampleRun(), sampleRun()], { supersede: 'none' })
  assert.deepEqual(ends, [])
})

test('a run that had begun before a restart is canceled by a newer push where its trigger says so', () => {
  const { add, ends } = queueWith(1)
  const [begun, newer] = [sampleRun({ state: 'running' }), sampleRun()]
  add([sampleRun({ branch: 'other' }), begun, newer], { supersede: 'running' })
  assert.deepEqual(
    ends.map(({ run, state }) => [run, state]),
    [[begun.id, 'canceled']],
  )
})

test('a retry of an older push does not supersede the newer one that waits', () => {
  const { add, ends } = queueWith(1)
  add([sampleRun({ branch: 'other' }), sampleRun(), sampleRun({ attempt: 2 })])
  assert.deepEqual(ends, [])
})

test('runs of one concurrency group go one after the other, whatever their branch or repository', async () => {
  const { add, started } = queueWith(4)
  const runs = [
    sampleRun({ branch: 'a' }),
    sampleRun({ branch: 'b' }),
    sampleRun({ repository: 'github.com/acme/blog' }),
  ]
  add(runs, { concurrency: 'staging' })
  const outside = sampleRun({ branch: 'c' })
  add([outside])
  assert.deepEqual(ids(started), [runs[0]?.id, outside.id])
  started[0]?.finish()
  await turn()
  assert.deepEqual(ids(started), [runs[0]?.id, outside.id, runs[1]?.id])
})
