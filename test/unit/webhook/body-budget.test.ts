import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createBodyBudget } from '../../../webhook/body-budget.ts'

describe('the budget of bodies in flight', () => {
  function opened(budget: ReturnType<typeof createBodyBudget>) {
    const state = { givenUp: false }
    const share = budget.open(() => {
      state.givenUp = true
    })
    return { share, state }
  }

  it('gives up the biggest body, never the small one that came last', () => {
    const budget = createBodyBudget(100)
    const [small, big, last] = [opened(budget), opened(budget), opened(budget)]
    small.share.grow(10)
    big.share.grow(85)
    last.share.grow(20)
    assert.deepEqual(
      [small, big, last].map(({ state }) => state.givenUp),
      [false, true, false],
    )
    assert.equal(budget.heldBytes(), 30)
  })

  it('gives up as many as it must', () => {
    const budget = createBodyBudget(100)
    const others = [opened(budget), opened(budget), opened(budget)]
    for (const { share } of others) share.grow(33)
    const huge = opened(budget)
    huge.share.grow(101)
    assert.equal(huge.state.givenUp, true)
    assert.equal(budget.heldBytes(), 99)
  })

  it('keeps a complete body and counts it until it is released', () => {
    const budget = createBodyBudget(100)
    const [done, next] = [opened(budget), opened(budget)]
    done.share.grow(90)
    done.share.keep()
    next.share.grow(20)
    assert.deepEqual([done.state.givenUp, next.state.givenUp], [false, true])
    done.share.release()
    done.share.release()
    assert.equal(budget.heldBytes(), 0)
  })

  it('counts nothing more of a body that it gave up', () => {
    const budget = createBodyBudget(10)
    const { share } = opened(budget)
    share.grow(11)
    share.grow(11)
    assert.equal(budget.heldBytes(), 0)
  })
})
