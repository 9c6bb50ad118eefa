import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type DiskItem, planCleaning, usedBytes } from '../../../../worker/disk/plan-cleaning.ts'

const item = (name: string, bytes: number, usedAt: number, change: Partial<DiskItem> = {}): DiskItem => ({
  ...{ name, bytes, usedAt, kept: null, expired: false },
  ...change,
})
const names = (items: DiskItem[]) => items.map(({ name }) => name)

test('within the budget nothing goes but what has expired', () => {
  const items = [item('new', 10, 3), item('old', 10, 1), item('expired', 10, 2, { expired: true })]
  assert.deepEqual(names(planCleaning(items, { budgetBytes: 100 })), ['expired'])
  assert.deepEqual(names(planCleaning(items, { budgetBytes: null })), ['expired'])
})

test('beyond the budget the oldest go, and no more than needed', () => {
  const items = [item('c', 10, 3), item('a', 10, 1), item('b', 10, 2)]
  assert.deepEqual(names(planCleaning(items, { budgetBytes: 25 })), ['a'])
  assert.deepEqual(names(planCleaning(items, { budgetBytes: 10 })), ['a', 'b'])
})

test('what has expired counts first, so that nothing else goes for it', () => {
  const items = [item('old', 10, 1), item('expired', 20, 9, { expired: true })]
  assert.deepEqual(names(planCleaning(items, { budgetBytes: 10 })), ['expired'])
})

test('what is kept stays whatever the budget, also when it has expired', () => {
  const kept = { kept: 'in use' }
  const items = [item('a', 10, 1, kept), item('b', 10, 2, { ...kept, expired: true }), item('c', 10, 3)]
  assert.deepEqual(names(planCleaning(items, { budgetBytes: 1 })), ['c'])
})

test('what items share counts against the budget once', () => {
  const items = [item('a', 10, 1), item('b', 10, 2)]
  assert.deepEqual(names(planCleaning(items, { budgetBytes: 60, sharedBytes: 50 })), ['a'])
})

test('whatever there is: nothing kept goes, the budget holds or only kept things are left', () => {
  const any = fc.record({
    name: fc.string(),
    bytes: fc.nat(1000),
    usedAt: fc.nat(1000),
    kept: fc.option(fc.constant('in use')),
    expired: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(any), fc.nat(5000), (items, budgetBytes) => {
      const going = new Set(planCleaning(items, { budgetBytes }))
      const left = items.filter((one) => !going.has(one))
      assert.ok([...going].every(({ kept }) => kept === null))
      assert.ok(left.every(({ kept, expired }) => kept !== null || !expired))
      assert.ok(usedBytes(left) <= budgetBytes || left.every(({ kept }) => kept !== null))
    }),
  )
})
