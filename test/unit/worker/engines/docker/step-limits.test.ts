import assert from 'node:assert/strict'
import { test } from 'node:test'
import { limitsOn } from '../../../../../worker/engines/docker/step-limits.ts'

const GIB = 1024 ** 3

test('a step gets half of the memory and nine tenths of the processors', () => {
  assert.deepEqual(limitsOn({ memoryBytes: 16 * GIB, cpus: 4 }, { pids: 4096 }), {
    memoryBytes: 8 * GIB,
    cpus: 3.6,
    pids: 4096,
  })
})

test('the last GiB is never a step’s, and a small machine still gives enough to run anything', () => {
  assert.equal(limitsOn({ memoryBytes: 1.5 * GIB, cpus: 1 }, { pids: 1 }).memoryBytes, 0.5 * GIB)
  assert.equal(limitsOn({ memoryBytes: 1 * GIB, cpus: 1 }, { pids: 1 }).memoryBytes, 256 * 1024 ** 2)
})

test('what the operator says stands', () => {
  const wanted = { memory: 3 * GIB, cpus: 2, pids: 100 }
  assert.deepEqual(limitsOn({ memoryBytes: 4 * GIB, cpus: 1 }, wanted), { memoryBytes: 3 * GIB, cpus: 2, pids: 100 })
})
