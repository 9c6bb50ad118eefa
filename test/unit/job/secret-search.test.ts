import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { createSecretSearch } from '../../../job/secret-search.ts'

const SECRET = 'pässword-for-the-shop/+'
const KEY = `-----BEGIN OPENSSH PRIVATE KEY-----\n${'QWJj'.repeat(16)}A\nshort\n-----END OPENSSH PRIVATE KEY-----\n`
const search = createSecretSearch([
  { name: 'shop', value: SECRET },
  { name: 'key', value: KEY },
  { name: 'short', value: 'abc1234' },
])

suite('looking for secrets', () => {
  const bytes = Buffer.from(SECRET)
  const forms: [string, string][] = [
    ['as it is', SECRET],
    ['as JSON', JSON.stringify({ a: SECRET })],
    ['in a URL', encodeURIComponent(SECRET)],
    ['in hex', bytes.toString('hex')],
    ['in base64', bytes.toString('base64')],
    ['in base64 of a longer text', Buffer.from(`user:${SECRET}`).toString('base64')],
  ]
  for (const [how, text] of forms) {
    test(`finds one ${how}, in texts and in bytes cut anywhere`, () => {
      assert.equal(search.inText(`xx ${text} yy`), 'shop')
      const all = Buffer.from(`${'x'.repeat(1000)}${text}${'y'.repeat(10)}`)
      for (const size of [1, 7, 64, 5000]) {
        const searcher = search.inBytes()
        const found = Array.from({ length: Math.ceil(all.length / size) }, (_, at) =>
          searcher.write(all.subarray(at * size, (at + 1) * size)),
        )
        assert.ok(found.includes('shop'), `chunks of ${size}`)
      }
    })
  }

  test('finds a key by its whole and by its longest line, and not by the line that all keys begin with', () => {
    assert.equal(search.inText(KEY), 'key')
    assert.equal(search.inText(`x${'QWJj'.repeat(16)}A`), 'key')
    assert.equal(search.inText('-----BEGIN OPENSSH PRIVATE KEY-----\nother\n'), null)
  })

  test('does not look for what is as short as a word', () => {
    assert.equal(search.inText('abc1234'), null)
  })
})
