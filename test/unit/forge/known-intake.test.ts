import assert from 'node:assert/strict'
import crypto, { createHmac } from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import { describe, it, mock } from 'node:test'
import { recognise, repositoryOf, verify } from '../../../forge/known/intake.ts'
import { type Fixture, fixture, mac, SECRET, signed } from '../../fixtures/deliveries/fixtures.ts'

const github = fixture('github', 'push-update')
const bitbucket = fixture('bitbucket', 'push-update')

function delivery(of: Fixture, headers: Record<string, string>) {
  const recognised = recognise(headers)
  assert.ok(recognised)
  return { ...recognised, body: of.body }
}

const shop = [{ key: 'github.com/acme/shop', secrets: [SECRET] }]

describe('recognise', () => {
  it('keeps of a GitHub delivery only the headers needed to verify and read', () => {
    assert.deepEqual(recognise(signed(github)), {
      forge: 'github',
      delivery: github.headers['x-github-delivery'],
      headers: {
        'x-github-event': 'push',
        'x-github-delivery': github.headers['x-github-delivery'],
        'x-hub-signature-256': `sha256=${mac(github.body)}`,
        'content-type': 'application/json',
      },
    })
  })

  it('knows a Bitbucket delivery by its own headers', () => {
    assert.equal(recognise(signed(bitbucket))?.forge, 'bitbucket')
    assert.equal(recognise(signed(bitbucket))?.delivery, bitbucket.headers['x-request-uuid'])
  })

  it('gives again the same from the headers that it kept', () => {
    const recognised = recognise(signed(bitbucket))
    assert.ok(recognised)
    assert.deepEqual(recognise(recognised.headers), recognised)
  })

  it('A23 refuses headers of two forges at once', () => {
    assert.equal(recognise({ ...signed(github), ...signed(bitbucket) }), null)
  })

  const odd: [string, Record<string, string>][] = [
    ['no forge header at all', { 'content-type': 'application/json' }],
    ['no event', { 'x-github-delivery': 'a' }],
    ['no delivery id', { 'x-github-event': 'push' }],
    ['an empty delivery id', { 'x-github-event': 'push', 'x-github-delivery': '' }],
    ['a delivery id with a line end', { 'x-github-event': 'push', 'x-github-delivery': 'a\nb' }],
    ['an endless delivery id', { 'x-github-event': 'push', 'x-github-delivery': 'a'.repeat(201) }],
    ['a path as event', { 'x-github-event': '../../x', 'x-github-delivery': 'a' }],
    ['two events joined', { 'x-github-event': 'push, push', 'x-github-delivery': 'a' }],
    ['an endless content type', { ...signed(github), 'content-type': 'a'.repeat(1001) }],
    ['a path as event key', { 'x-event-key': 'repo:../push', 'x-request-uuid': 'a' }],
    ['Bitbucket Server', { 'x-event-key': 'repo:refs_changed', 'x-request-id': 'a' }],
  ]
  for (const [what, headers] of odd) {
    it(`A23 does not recognise ${what}`, () => assert.equal(recognise(headers), null))
  }

  it('A14 is not misled by headers named like object properties', () => {
    const headers: unknown = JSON.parse(
      '{"__proto__": {"x-github-event": "push"}, "constructor": "x", "toString": "y"}',
    )
    assert.ok(typeof headers === 'object' && headers !== null)
    assert.equal(recognise(Object.fromEntries(Object.entries(headers))), null)
  })
})

describe('verify', () => {
  it('accepts the signature of a configured secret and says whose it is', () => {
    const candidates = [
      { key: 'a', secrets: ['other'] },
      { key: 'b', secrets: ['older', SECRET] },
      { key: 'c', secrets: [SECRET] },
    ]
    assert.deepEqual(verify(delivery(github, signed(github)), candidates)?.keys, ['b', 'c'])
    assert.deepEqual(verify(delivery(bitbucket, signed(bitbucket)), candidates)?.keys, ['b', 'c'])
  })

  it("accepts the example of GitHub's documentation", () => {
    const body = Buffer.from('Hello, World!')
    const signature = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17'
    const given = { ...delivery(github, { ...github.headers, 'x-hub-signature-256': signature }), body }
    assert.ok(verify(given, shop))
  })

  it('A01 refuses a delivery without signature', () => {
    assert.equal(verify(delivery(github, github.headers), shop), null)
    assert.equal(verify(delivery(bitbucket, bitbucket.headers), shop), null)
  })

  it('A02 never uses an empty or blank secret', () => {
    for (const secret of ['', ' ', '\n', '\t ']) {
      assert.equal(verify(delivery(github, signed(github, secret)), [{ key: 'a', secrets: [secret] }]), null)
    }
  })

  it('refuses everything while nothing is configured', () => {
    assert.equal(verify(delivery(github, signed(github)), []), null)
  })

  it('A03 refuses SHA-1, wherever it stands', () => {
    const sha1 = `sha1=${createHmac('sha1', SECRET).update(github.body).digest('hex')}`
    assert.equal(verify(delivery(github, { ...github.headers, 'x-hub-signature': sha1 }), shop), null)
    assert.equal(verify(delivery(github, { ...github.headers, 'x-hub-signature-256': sha1 }), shop), null)
    assert.equal(verify(delivery(bitbucket, { ...bitbucket.headers, 'x-hub-signature': sha1 }), shop), null)
  })

  it("A03 refuses GitHub's signature in the header that was for SHA-1", () => {
    const headers = { ...github.headers, 'x-hub-signature': `sha256=${mac(github.body)}` }
    assert.equal(verify(delivery(github, headers), shop), null)
  })

  const right = mac(github.body)
  const wrong = [
    right,
    `sha256=${right.slice(0, 63)}`,
    `sha256=${right}0`,
    ` sha256=${right}`,
    `sha256=${right}, sha256=${right}`,
    `SHA256=${right}`,
    `sha256=${Buffer.from(right, 'hex').toString('base64')}`,
    `sha256=${'0'.repeat(64)}`,
    'sha256=',
    '',
  ]
  for (const signature of wrong) {
    it(`refuses the signature ${JSON.stringify(signature.slice(0, 30))}… of ${signature.length} characters`, () => {
      assert.equal(verify(delivery(github, { ...github.headers, 'x-hub-signature-256': signature }), shop), null)
    })
  }

  it('refuses a body in which one byte was changed', () => {
    const body = Buffer.from(github.body)
    body[100] = (body[100] ?? 0) ^ 1
    assert.equal(verify({ ...delivery(github, signed(github)), body }, shop), null)
  })

  it('A06 compares digests of equal length in constant time, with every secret, also without a signature', () => {
    const compared: [number, number][] = []
    const timingSafeEqual = crypto.timingSafeEqual
    const spy = mock.method(crypto, 'timingSafeEqual', (a: Buffer, b: Buffer) => {
      compared.push([a.byteLength, b.byteLength])
      return timingSafeEqual(a, b)
    })
    syncBuiltinESMExports()
    try {
      const candidates = ['one', 'two', SECRET, 'three', 'one'].map((secret, i) => ({
        key: `k${i}`,
        secrets: [secret],
      }))
      verify(delivery(github, signed(github)), candidates)
      verify(delivery(github, github.headers), candidates)
    } finally {
      spy.mock.restore()
      syncBuiltinESMExports()
    }
    assert.deepEqual(compared, Array(8).fill([32, 32]))
  })

  it('A06 takes no longer for a signature that is right up to its last digit', () => {
    const last = right.endsWith('0') ? '1' : '0'
    const near = { ...github.headers, 'x-hub-signature-256': `sha256=${right.slice(0, 63)}${last}` }
    const far = { ...github.headers, 'x-hub-signature-256': `sha256=${'f'.repeat(63)}${last}` }
    const body = Buffer.from('{}')
    const timeOf = (headers: Record<string, string>) => {
      const given = { ...delivery(github, headers), body }
      const startedAt = process.hrtime.bigint()
      for (let i = 0; i < 200; i++) verify(given, shop)
      return Number(process.hrtime.bigint() - startedAt)
    }
    const ratios = Array.from({ length: 60 }, () => timeOf(near) / timeOf(far)).sort((a, b) => a - b)
    const median = ratios[30] ?? 0
    assert.ok(median > 0.8 && median < 1.25, `median ratio ${median}`)
  })
})

describe('repositoryOf', () => {
  it('refuses events of no or of two repositories', () => {
    assert.throws(() => repositoryOf([]), { code: 'DELIVERY_MALFORMED' })
  })
})
