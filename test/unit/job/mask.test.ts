import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { createMask } from '../../../job/mask.ts'

function masked(text: string, ...secrets: string[]): string {
  const mask = createMask()
  for (const secret of secrets) mask.add(secret)
  return mask.apply(text)
}

describe('a mask', () => {
  test('hides a secret wherever it stands', () => {
    assert.equal(masked('hunter2 is hunter2!', 'hunter2'), '*** is ***!')
    assert.equal(masked('nothing here', 'hunter2'), 'nothing here')
    assert.equal(masked('hunter', 'hunter2'), 'hunter')
    assert.equal(masked('', 'hunter2'), '')
  })

  test('hides the usual encodings of a secret', () => {
    const secret = 'p@ss/w+rd "ü"\t€ & more'
    const bytes = Buffer.from(secret)
    for (const form of [
      JSON.stringify(secret),
      JSON.stringify(JSON.stringify(secret)),
      encodeURIComponent(secret),
      encodeURIComponent(secret).toLowerCase(),
      new URLSearchParams({ a: secret }).toString(),
      bytes.toString('hex'),
      bytes.toString('hex').toUpperCase(),
      bytes.toString('base64'),
      bytes.toString('base64url'),
    ]) {
      const shown = masked(`before ${form} after`, secret)
      assert.match(shown, /^before .*\*\*\*.* after$/)
      assert.ok(shown.length < 25, shown)
    }
  })

  test('hides a secret in the base64 of a longer text, as in basic auth', () => {
    for (const user of ['a', 'ab', 'abc', 'abcd']) {
      const header = Buffer.from(`${user}:correct horse battery`).toString('base64')
      const shown = masked(`Authorization: Basic ${header}`, 'correct horse battery')
      assert.match(shown, /Basic .{0,8}\*\*\*.{0,3}$/)
    }
  })

  test('hides each line of a secret of several lines', () => {
    const key = '-----BEGIN KEY-----\nAAAABBBB\r\nab\nCCCCDDDD\n-----END KEY-----\n'
    assert.equal(masked('x CCCCDDDD y AAAABBBB ab', key), 'x *** y *** ab')
    assert.equal(masked(JSON.stringify({ key }), key), '{"key":"***"}')
  })

  test('leaves no rest where secrets overlap or one holds another', () => {
    assert.equal(masked('abcdef', 'abcd', 'cdef'), '***')
    assert.equal(masked('secretsecret2', 'secret', 'secret2'), '***')
    assert.equal(masked('xabcdefx', 'abcdef', 'bcde'), 'x***x')
  })

  test('refuses secrets that are too short to hide', () => {
    const mask = createMask()
    assert.equal(mask.add('abc'), false)
    assert.equal(mask.apply('abc'), 'abc')
    assert.equal(mask.add('abcd'), true)
  })

  test('cuts a text without leaving half a secret at the cut', () => {
    const mask = createMask()
    mask.add('hunter2')
    assert.equal(mask.applyUpTo('my hunter2 is it', 5), 'my ***')
    assert.equal(mask.applyUpTo('my hunter2 is it', 3), 'my ')
    assert.equal(mask.applyUpTo('my hunter2 is it', 12), 'my *** i')
  })

  test('never lets a secret through, whatever surrounds it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ minLength: 4, maxLength: 30, unit: 'grapheme' }), { minLength: 1, maxLength: 5 }),
        fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1, maxLength: 8 }),
        fc.nat(),
        (secrets, texts, seed) => {
          const text = texts.map((part, at) => part + (secrets[(seed + at) % secrets.length] ?? '')).join('')
          const shown = masked(text, ...secrets)
          for (const secret of secrets) {
            if (!'***'.includes(secret) && !secret.includes('***'))
              assert.ok(!shown.includes(secret) || secret.includes('*'))
          }
        },
      ),
    )
  })
})
