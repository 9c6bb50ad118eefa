import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createSeenDeliveries, type DeliveryMark } from '../../../webhook/seen-deliveries.ts'

const mark = (delivery: string, body: string): DeliveryMark => ({ forge: 'github', delivery, bodyDigest: body })
const unknown = { stored: () => null, capacity: 10 }
const job = (id: string) => async () => ({ job: id })

describe('a delivery', () => {
  it('A19 is accepted once, whether its id or its body comes again', async () => {
    const seen = createSeenDeliveries(unknown)
    assert.deepEqual(await seen.once(mark('a', 'x'), job('1')), { job: '1' })
    assert.deepEqual(await seen.once(mark('a', 'y'), job('2')), { duplicate: '1' })
    assert.deepEqual(await seen.once(mark('b', 'x'), job('3')), { duplicate: '1' })
    assert.deepEqual(await seen.once(mark('b', 'y'), job('4')), { job: '4' })
  })

  it('of another forge is another', async () => {
    const seen = createSeenDeliveries(unknown)
    await seen.once(mark('a', 'x'), job('1'))
    assert.deepEqual(await seen.once({ ...mark('a', 'x'), forge: 'bitbucket' }, job('2')), { job: '2' })
  })

  it('A19 that comes twice at the same time makes one job', async () => {
    const seen = createSeenDeliveries(unknown)
    const gate = Promise.withResolvers<void>()
    const first = seen.once(mark('a', 'x'), () => gate.promise.then(job('1')))
    const others = ['a', 'b', 'c'].map((id) => seen.once(mark(id, 'x'), job('2')))
    gate.resolve()
    assert.deepEqual(await first, { job: '1' })
    assert.deepEqual(await Promise.all(others), Array(3).fill({ duplicate: '1' }))
  })

  it('that could not be written is accepted when it comes again, also by one that waited for it', async () => {
    const seen = createSeenDeliveries(unknown)
    const gate = Promise.withResolvers<{ job: string }>()
    const first = seen.once(mark('a', 'x'), () => gate.promise)
    const second = seen.once(mark('a', 'x'), job('2'))
    const third = seen.once(mark('a', 'x'), job('3'))
    gate.reject(new Error('disk full'))
    await assert.rejects(first, /disk full/)
    assert.deepEqual(await second, { job: '2' })
    assert.deepEqual(await third, { duplicate: '2' })
  })

  it('that the store knows is a duplicate', async () => {
    const seen = createSeenDeliveries({ stored: () => 'old', capacity: 10 })
    assert.deepEqual(await seen.once(mark('a', 'x'), job('1')), { duplicate: 'old' })
  })

  it('is forgotten after many others, so that memory stays bounded', async () => {
    const seen = createSeenDeliveries(unknown)
    for (let i = 0; i <= 10; i++) seen.remember(mark(`id${i}`, `body${i}`), `job${i}`)
    assert.deepEqual(await seen.once(mark('id0', 'body0'), job('again')), { job: 'again' })
    assert.deepEqual(await seen.once(mark('id10', 'body10'), job('x')), { duplicate: 'job10' })
  })
})
