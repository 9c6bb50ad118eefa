import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Run } from '../../../../job/run.ts'
import type { RunEnd } from '../../../../job/store-port.ts'
import { createQueue } from '../../../../worker/queue/queue.ts'
import { stopReason } from '../../../../worker/queue/stop-reason.ts'
import { sampleRun } from '../../../support/sample-run.ts'

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
  return { queue, started, ends }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))
const ids = (held: Held[]) => held.map(({ run }) => run.id)

test('no more runs go at once than the config says', async () => {
  const { queue, started } = queueWith(2)
  const runs = ['a', 'b', 'c'].map((branch) => sampleRun({ branch }))
  queue.add(runs)
  assert.equal(started.length, 2)
  started[0]?.finish()
  await turn()
  assert.deepEqual(
    ids(started),
    runs.map((run) => run.id),
  )
})

test('runs of one branch go one after the other in order of arrival', async () => {
  const { queue, started } = queueWith(4)
  const [first, second] = [sampleRun({ trigger: 'one' }), sampleRun({ trigger: 'two' })]
  queue.add([first, second])
  assert.deepEqual(ids(started), [first.id])
  started[0]?.finish()
  await turn()
  assert.deepEqual(ids(started), [first.id, second.id])
})

test('a newer push skips the queued older one and names itself in the reason', () => {
  const { queue, ends } = queueWith(1)
  const running = sampleRun({ branch: 'other' })
  const [older, newer] = [sampleRun(), sampleRun()]
  queue.add([running, older, newer])
  assert.deepEqual(
    ends.map(({ run, state }) => [run, state]),
    [[older.id, 'skipped']],
  )
  assert.match(ends[0]?.reason ?? '', new RegExp(`superseded by run #${newer.number} \\(${newer.id}\\)`))
})

test('a newer push leaves tags, other triggers, other branches and asked-for runs alone', () => {
  const { queue, ends } = queueWith(1)
  const kept = [
    sampleRun({ branch: 'other' }),
    sampleRun({ event: 'tag', tag: 'v1', branch: null, ref: 'refs/tags/v1' }),
    sampleRun({ trigger: 'another' }),
    sampleRun({ event: 'manual' }),
    sampleRun({ attempt: 2 }),
  ]
  queue.add([...kept, sampleRun(), sampleRun({ event: 'tag', tag: 'v1', branch: null, ref: 'refs/tags/v1' })])
  assert.deepEqual(ends, [])
})

test('a repository that floods the queue does not starve another', () => {
  const { queue, started } = queueWith(2)
  const flood = ['a', 'b', 'c', 'd'].map((branch) => sampleRun({ branch }))
  const other = sampleRun({ repository: 'github.com/acme/blog' })
  queue.add([...flood, other])
  assert.deepEqual(ids(started), [flood[0]?.id, other.id])
})

test('a queued run that is canceled ends at once and never starts', async () => {
  const { queue, started, ends } = queueWith(1)
  const [first, second] = [sampleRun({ branch: 'a' }), sampleRun({ branch: 'b' })]
  queue.add([first, second])
  assert.equal(queue.cancel(second.id, 'ada'), true)
  started[0]?.finish()
  await queue.idle()
  assert.deepEqual(ids(started), [first.id])
  assert.equal(ends[0]?.state, 'canceled')
})

test('a running run that is canceled is told who did it, and the next one starts', async () => {
  const { queue, started } = queueWith(1)
  const [first, second] = [sampleRun({ branch: 'a' }), sampleRun({ branch: 'b' })]
  queue.add([first, second])
  assert.equal(queue.cancel(first.id, 'ada'), true)
  await turn()
  assert.deepEqual(started[0] && stopReason(started[0].signal), { kind: 'canceled', by: 'ada' })
  assert.deepEqual(ids(started), [first.id, second.id])
})

test('a run that has ended cannot be canceled', async () => {
  const { queue, started } = queueWith(1)
  const run = sampleRun()
  queue.add([run])
  started[0]?.finish()
  await queue.idle()
  assert.equal(queue.cancel(run.id, 'ada'), false)
})

test('stopping starts nothing new and lays running runs down after the grace time', async () => {
  const { queue, started, ends } = queueWith(1)
  queue.add([sampleRun({ branch: 'a' }), sampleRun({ branch: 'b' })])
  await queue.stop(5)
  assert.equal(started.length, 1)
  assert.deepEqual(started[0] && stopReason(started[0].signal), { kind: 'worker-stops' })
  assert.deepEqual(ends, [])
})

test('a run that had begun before a restart goes on, whatever was pushed since', () => {
  const { queue, ends } = queueWith(1)
  queue.add([sampleRun({ branch: 'other' }), sampleRun({ state: 'running' }), sampleRun()])
  assert.deepEqual(ends, [])
})
