import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { ago, at, lasted } from '../../../../cli/print/time.ts'

const NOW = new Date('2026-11-21T12:00:00.000Z')
const before = (ms: number) => new Date(NOW.getTime() - ms).toISOString()

suite('times for people', () => {
  test('how long ago, in the unit that fits', () => {
    assert.equal(ago(before(1000), NOW), 'just now')
    assert.equal(ago(before(42_000), NOW), '42 s ago')
    assert.equal(ago(before(90_000), NOW), '1 min ago')
    assert.equal(ago(before(5 * 3_600_000), NOW), '5 h ago')
    assert.equal(ago(before(86_400_000), NOW), '1 day ago')
    assert.equal(ago(before(9 * 86_400_000), NOW), '9 days ago')
  })

  test('a clock that was set back does not count below zero', () => {
    assert.equal(ago(before(-60_000), NOW), 'just now')
    assert.equal(lasted(NOW.toISOString(), before(5000)), '0.0 s')
  })

  test('how long something took', () => {
    assert.equal(lasted(before(420), NOW), '0.4 s')
    assert.equal(lasted(before(12_400), NOW), '12 s')
    assert.equal(lasted(before(185_000), NOW), '3 min 5 s')
    assert.equal(lasted(before(3_725_000), NOW), '1 h 2 min')
  })

  test('when, with the time zone', () => {
    assert.match(at(before(0), NOW), /^2026-11-2[12] \d\d:00:00 \S+ \(just now\)$/)
  })
})
