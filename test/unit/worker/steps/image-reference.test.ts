import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  checkImageTag,
  ImageNameInvalid,
  ImageTagInvalid,
  parseImageName,
  parseImageReference,
} from '../../../../worker/steps/image-reference.ts'

test('B07, B15: image names of the grammar pass, all others are refused with a hint', () => {
  for (const name of ['shop', 'acme/shop', 'a/b/c', 'a.b_c__d-e---f/x1']) assert.equal(parseImageName(name), name)
  const wrong = [
    '',
    'Acme/shop',
    'a//b',
    '/a',
    'a/',
    '-a',
    'a_',
    'a..b',
    'a/../b',
    'a___b',
    'a b',
    'a:1',
    'a@b',
    'ä',
    'x\n',
  ]
  for (const name of [...wrong, 'host:5000/x', '$(id)', 'a'.repeat(256)]) {
    assert.throws(() => parseImageName(name), ImageNameInvalid, name)
  }
  assert.throws(
    () => parseImageName('Feature/X'),
    (error) => error instanceof ImageNameInvalid && /slug/.test(error.hint ?? ''),
  )
})

test('B07, B15: image tags of the grammar pass, all others are refused with a hint', () => {
  for (const tag of ['latest', '1.4.2', '_x', 'A-b.c_d', 'a'.repeat(128)]) assert.equal(checkImageTag(tag), tag)
  for (const tag of ['', '.a', '-a', 'a/b', 'feature/Ä:1', 'a'.repeat(129), 'a b', 'a@sha256:0', 'x\n']) {
    assert.throws(() => checkImageTag(tag), ImageTagInvalid, tag)
  }
})

test('a full reference comes apart into registry, name, tag and digest', () => {
  const digest = `sha256:${'0'.repeat(64)}`
  const plain = { registry: null, tag: null, digest: null }
  assert.deepEqual(parseImageReference('busybox'), { ...plain, name: 'busybox' })
  assert.deepEqual(parseImageReference('node:24'), { ...plain, name: 'node', tag: '24' })
  assert.deepEqual(parseImageReference(`localhost:5000/a/b:1@${digest}`), {
    registry: 'localhost:5000',
    name: 'a/b',
    tag: '1',
    digest,
  })
  for (const wrong of ['http://x/y', 'x@sha256:0', 'a.b:port/x', 'x:1:2', 'EXAMPLE/x', `x@${digest}@${digest}`]) {
    assert.throws(() => parseImageReference(wrong), wrong)
  }
})

test('no text makes the grammar throw anything but its own errors', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      for (const parse of [parseImageName, checkImageTag, parseImageReference]) {
        try {
          parse(text)
        } catch (error) {
          assert.ok(error instanceof ImageNameInvalid || error instanceof ImageTagInvalid)
        }
      }
    }),
  )
})
