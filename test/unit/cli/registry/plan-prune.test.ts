import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { planPrune } from '../../../../cli/registry/plan-prune.ts'
import type { TagFacts } from '../../../../cli/registry/read-images.ts'

const NOBODY: ReadonlySet<string> = new Set()

suite('which tags of a registry go', () => {
  test('the newest stay, by the day they were built', () => {
    const plan = planPrune([day(1), day(4), day(2), day(3)], { keep: 2, inUse: NOBODY })
    assert.deepEqual(tagsOf(plan.removed), ['day2', 'day1'])
    assert.deepEqual(
      plan.deletions.map(({ tags }) => tags),
      [['day2'], ['day1']],
    )
  })

  test('each image keeps its own newest', () => {
    const plan = planPrune([day(1), day(2), day(1, { image: 'acme/other' })], { keep: 1, inUse: NOBODY })
    assert.deepEqual(
      plan.removed.map(({ image, tag }) => `${image}:${tag}`),
      ['acme/shop:day1'],
    )
  })

  test('latest stays however old it is', () => {
    const plan = planPrune([day(1, { tag: 'latest' }), day(2), day(3)], { keep: 1, inUse: NOBODY })
    assert.deepEqual(tagsOf(plan.removed), ['day2'])
  })

  test('what is deployed or is a site stays, by digest or by image id', () => {
    const inUse = new Set(['sha256:digest1', 'sha256:id2'])
    const plan = planPrune([day(1), day(2), day(3), day(4)], { keep: 1, inUse })
    assert.deepEqual(tagsOf(plan.removed), ['day3'])
  })

  test('a tag that shares its digest with one that stays, stays: a deletion would take both', () => {
    const same = { digest: 'sha256:same', createdAt: '2026-01-01T00:00:00Z' }
    const plan = planPrune([day(9), day(1, { ...same, tag: 'latest' }), day(1, { ...same, tag: 'v1' })], {
      keep: 1,
      inUse: NOBODY,
    })
    assert.deepEqual(plan.removed, [])
    assert.equal(plan.kept.find(({ facts }) => facts.tag === 'v1')?.why, 'the same image as latest')
  })

  test('tags of one digest that all go are one deletion', () => {
    const same = { digest: 'sha256:same' }
    const plan = planPrune([day(9), day(1, { ...same, tag: 'a' }), day(1, { ...same, tag: 'b' })], {
      keep: 1,
      inUse: NOBODY,
    })
    assert.deepEqual(plan.deletions, [{ image: 'acme/shop', digest: 'sha256:same', tags: ['a', 'b'] }])
  })

  test('one whose age is not known stays', () => {
    for (const createdAt of [null, 'yesterday']) {
      const plan = planPrune([day(2), day(1, { createdAt })], { keep: 1, inUse: NOBODY })
      assert.deepEqual(plan.removed, [])
    }
  })
})

function day(number: number, change: Partial<TagFacts> = {}): TagFacts {
  return {
    image: 'acme/shop',
    tag: `day${number}`,
    digest: `sha256:digest${number}`,
    imageId: `sha256:id${number}`,
    bytes: 1000,
    createdAt: `2026-11-0${number}T00:00:00Z`,
    ...change,
  }
}

const tagsOf = (all: TagFacts[]): string[] => all.map(({ tag }) => tag)
