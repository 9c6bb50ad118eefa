import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { ok } from '../../../../cli/doctor/check.ts'
import { withinLimit } from '../../../../cli/doctor/within-limit.ts'

suite('no check holds up the doctor', () => {
  test('what a check finds is what is said', async () => {
    assert.equal((await withinLimit('x', 1000, async () => ok('x', 'fine'))).state, 'ok')
  })

  test('a check that never answers is a failure after the limit', async () => {
    const check = await withinLimit('registry main', 20, () => new Promise(() => {}))
    assert.equal(check.state, 'fail')
    assert.match(check.message, /no answer within 0\.02 s/)
  })

  test('a check that breaks is a failure that says so', async () => {
    const check = await withinLimit('x', 1000, async () => {
      throw new Error('boom')
    })
    assert.equal(check.state, 'fail')
    assert.match(check.message, /boom/)
  })
})
