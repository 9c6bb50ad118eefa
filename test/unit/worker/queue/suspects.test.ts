import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSuspects } from '../../../../worker/queue/suspects.ts'
import { sampleRun } from '../../../support/sample-run.ts'

function underTest() {
  const set: number[] = []
  const queue = { setConcurrency: (count: number) => void set.push(count) }
  return { set, suspects: createSuspects({ queue, concurrency: 3, log: { warn() {} } }) }
}
const open = (...starts: number[]) =>
  starts.map((count, index) => ({ run: sampleRun({ id: `run-${index}` }), starts: count }))

test('runs that the worker was killed under twice go one at a time, until the last of them has ended', () => {
  const { set, suspects } = underTest()
  suspects.expect(open(2, 0, 3))
  suspects.settled('run-1')
  suspects.settled('run-0')
  assert.deepEqual(set, [1, 1])
  suspects.settled('run-2')
  assert.deepEqual(set, [1, 1, 3])
})

test('a concurrency that the config changes meanwhile is taken up afterwards', () => {
  const { set, suspects } = underTest()
  suspects.expect(open(2))
  suspects.setConcurrency(5)
  suspects.settled('run-0')
  assert.deepEqual(set, [1, 1, 5])
})

test('one death makes no suspect', () => {
  const { set, suspects } = underTest()
  suspects.expect(open(1, 0))
  suspects.settled('run-0')
  assert.deepEqual(set, [])
})
