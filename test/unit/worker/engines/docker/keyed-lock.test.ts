import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createKeyedLock } from '../../../../../worker/engines/docker/keyed-lock.ts'

test('work under one key waits its turn, also after a failure; other keys do not wait', async () => {
  const lock = createKeyedLock()
  const order: string[] = []
  const gate = Promise.withResolvers<void>()
  const first = lock('a', async () => {
    await gate.promise
    order.push('first')
    throw new Error('failed')
  })
  const second = lock('a', async () => void order.push('second'))
  await lock('b', async () => void order.push('other'))
  gate.resolve()
  await assert.rejects(first, /failed/)
  await second
  assert.deepEqual(order, ['other', 'first', 'second'])
})
