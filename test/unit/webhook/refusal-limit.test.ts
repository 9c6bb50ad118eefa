import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { createRefusalLimit } from '../../../webhook/refusal-limit.ts'
import { createTokenBuckets } from '../../../webhook/token-buckets.ts'

suite('the limit of refused requests', () => {
  function limit() {
    const clock = { ms: 0 }
    return { clock, limit: createRefusalLimit({ perSecond: 1, burst: 3 }, () => clock.ms) }
  }
  const tooMany = { status: 429, code: 'TOO_MANY_REQUESTS' }

  test('A27 turns an address away that sends nothing but garbage, and lets it come again after a while', () => {
    const { clock, limit: refusals } = limit()
    for (let i = 0; i < 3; i++) {
      refusals.check('192.0.2.1')
      refusals.refused('192.0.2.1')
    }
    assert.throws(() => refusals.check('192.0.2.1'), { ...tooMany, retryAfterSeconds: 1 })
    refusals.check('192.0.2.2')
    clock.ms = 1000
    refusals.check('192.0.2.1')
  })

  test('A12 spares addresses that also send good deliveries, for an hour', () => {
    const { clock, limit: refusals } = limit()
    refusals.verified('192.0.2.1')
    for (let i = 0; i < 100; i++) refusals.refused('192.0.2.1')
    refusals.check('192.0.2.1')
    clock.ms = 60 * 60_000
    for (let i = 0; i < 100; i++) refusals.refused('192.0.2.1')
    assert.throws(() => refusals.check('192.0.2.1'), tooMany)
  })

  test('takes the addresses of one IPv6 network for one', () => {
    const { limit: refusals } = limit()
    for (let i = 0; i < 3; i++) refusals.refused(`2001:db8::${i}`)
    assert.throws(() => refusals.check('2001:db8::ffff'), tooMany)
    refusals.check('2001:db8:0:1::1')
  })

  test('remembers a bounded number of addresses', () => {
    const buckets = createTokenBuckets({ perSecond: 1, burst: 1 }, () => 0)
    for (let i = 0; i < 20_000; i++) buckets.spend(String(i))
    assert.equal(buckets.wait('0'), 0)
    assert.equal(buckets.wait('19999'), 1)
  })
})
