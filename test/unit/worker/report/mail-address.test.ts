import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isNoReply, parseMailAddress } from '../../../../worker/report/mail-address.ts'
import { parseSender } from '../../../../worker/report/mail-sender.ts'

test('common addresses are addresses', () => {
  for (const address of [
    "o'neil+ci@mail.example.com",
    'root@localhost',
    'a_b.c@127.example',
    '12+x@users.example.org',
  ]) {
    assert.equal(parseMailAddress(address), address)
  }
})

test('no text makes an address that could break a header or an SMTP command', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.emailAddress()), (text) => {
      const address = parseMailAddress(text)
      if (address !== null) assert.match(address, /^[^\s@<>,;:"()[\]\\\u0080-\uffff]+@[a-z0-9.-]+$/)
    }),
    { numRuns: 2000 },
  )
})

test('addresses that forges hand out in place of the real one are known', () => {
  for (const [text, expected] of [
    ['12+ada@users.noreply.github.com', true],
    ['noreply@github.com', true],
    ['no-reply@example.com', true],
    ['noreplyers@example.com', false],
    ['ada@example.com', false],
  ] as const) {
    const address = parseMailAddress(text)
    assert.ok(address)
    assert.equal(isNoReply(address), expected, text)
  }
})

test('mail.from is an address, with or without a name', () => {
  assert.deepEqual(parseSender('Letterbox <ci@Example.com>'), { name: 'Letterbox', address: 'ci@example.com' })
  assert.deepEqual(parseSender('"Our CI, the best" <ci@example.com>'), {
    name: 'Our CI, the best',
    address: 'ci@example.com',
  })
  assert.deepEqual(parseSender('ci@example.com'), { name: '', address: 'ci@example.com' })
  for (const bad of ['Letterbox', 'a <b@c> d', 'A\r\nBcc: x@y.z <b@c.d>', '<a@b.c>, <d@e.f>']) {
    assert.equal(parseSender(bad), null, bad)
  }
})
