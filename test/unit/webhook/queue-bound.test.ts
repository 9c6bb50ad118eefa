import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createQueueBound } from '../../../webhook/queue-bound.ts'

describe('the bound of the queue', () => {
  function bound({ files = 0, bytes = 0, free = 1000 } = {}) {
    const state = { at: 1_000_000, counts: 0, files, free }
    const queue = createQueueBound({
      waiting: async () => {
        state.counts += 1
        return Array.from({ length: state.files }, () => ({ bytes }))
      },
      freeBytes: async () => state.free,
      now: () => new Date(state.at),
      limits: { files: 3, bytes: 100, freeBytes: 500 },
    })
    return { queue, state }
  }

  it('has room for a job file below all limits', async () => {
    assert.equal(await bound({ files: 2, bytes: 10 }).queue.problem(10), null)
  })

  it('A27 refuses for later beyond the number, the bytes or the free disk', async () => {
    const problems = await Promise.all([
      bound({ files: 3 }).queue.problem(1),
      bound({ files: 2, bytes: 45 }).queue.problem(11),
      bound({ free: 505 }).queue.problem(6),
    ])
    assert.deepEqual(
      problems.map((problem) => [problem?.status, problem?.code, problem?.retryAfterSeconds]),
      [
        [503, 'QUEUE_FULL', 60],
        [503, 'QUEUE_FULL', 60],
        [503, 'DISK_FULL', 60],
      ],
    )
  })

  it('A27 counts what was added since it looked, and looks again after a while', async () => {
    const { queue, state } = bound({ files: 2 })
    assert.equal(await queue.problem(1), null)
    queue.added(1)
    assert.equal((await queue.problem(1))?.code, 'QUEUE_FULL')
    state.files = 0
    state.at += 2000
    assert.equal(await queue.problem(1), null)
    assert.equal(state.counts, 2)
  })

  it('looks once for many deliveries at the same time', async () => {
    const { queue, state } = bound()
    await Promise.all(Array.from({ length: 50 }, () => queue.problem(1)))
    assert.equal(state.counts, 1)
  })
})
