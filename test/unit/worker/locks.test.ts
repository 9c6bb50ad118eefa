import assert from 'node:assert/strict'
import { it } from 'node:test'
import { createLocks } from '../../../worker/locks.ts'

const never = new AbortController().signal

it('lets one in at a time for each name, in the order of asking, also after a failure', async () => {
  const inTurn = createLocks()
  const order: string[] = []
  const work = (name: string) => async () => {
    order.push(`${name} in`)
    await Promise.resolve()
    order.push(`${name} out`)
    if (name === 'a') throw new Error('a failed')
  }
  const all = ['a', 'b', 'c'].map((name) => inTurn('mirror', never, work(name)))
  const ended = await Promise.allSettled(all)
  assert.deepEqual(order, ['a in', 'a out', 'b in', 'b out', 'c in', 'c out'])
  assert.deepEqual(
    ended.map(({ status }) => status),
    ['rejected', 'fulfilled', 'fulfilled'],
  )
})

it('lets others of another name in meanwhile', async () => {
  const inTurn = createLocks()
  const { promise, resolve } = Promise.withResolvers<void>()
  const first = inTurn('one', never, () => promise)
  assert.equal(await inTurn('two', never, async () => 'in'), 'in')
  resolve()
  await first
})

it('keeps the order when one that waits gives up', async () => {
  const inTurn = createLocks()
  const { promise, resolve } = Promise.withResolvers<void>()
  const order: string[] = []
  const first = inTurn('m', never, async () => {
    await promise
    order.push('first')
  })
  const cancel = new AbortController()
  const second = inTurn('m', cancel.signal, async () => void order.push('second'))
  const third = inTurn('m', never, async () => void order.push('third'))
  cancel.abort(new Error('gave up'))
  await assert.rejects(second, /gave up/)
  assert.deepEqual(order, [])
  resolve()
  await Promise.all([first, third])
  assert.deepEqual(order, ['first', 'third'])
})
