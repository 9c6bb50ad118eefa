import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatDuration } from '../../../../worker/report/format-duration.ts'

test('durations are told as people say them', () => {
  const start = '2026-11-21T05:00:00.000Z'
  const told = (ms: number) => formatDuration(start, new Date(Date.parse(start) + ms).toISOString())
  assert.equal(told(0), '0.0 s')
  assert.equal(told(3_440), '3.4 s')
  assert.equal(told(9_960), '10 s')
  assert.equal(told(59_400), '59 s')
  assert.equal(told(59_700), '1 min')
  assert.equal(told(68_000), '1 min 8 s')
  assert.equal(told(3_599_900), '1 h')
  assert.equal(told(7_500_000), '2 h 5 min')
  assert.equal(told(-5000), '0.0 s')
  assert.equal(formatDuration(null, start), null)
})
