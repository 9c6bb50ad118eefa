import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { DeliveryMalformed, readEvents } from '../../../forge/known/intake.ts'
import { type Fixture, fixture, payloadOf } from '../../fixtures/deliveries/fixtures.ts'
import { fuzzRuns } from '../../support/fuzz-runs.ts'
import { eventOf, readingOf, verified } from './read.ts'

const numRuns = fuzzRuns(2000)

const github = fixture('github', 'push-update')
const form = fixture('github', 'push-form-encoded')
const bitbucket = fixture('bitbucket', 'push-several-refs')

function withBody(of: Fixture, body: string | Uint8Array): Fixture {
  return { ...of, body: Buffer.from(body) }
}

function assertMalformed(of: Fixture) {
  assert.throws(() => readingOf(of), { code: 'DELIVERY_MALFORMED' })
}

describe('a form-encoded payload', () => {
  it('reads like the same payload as JSON', () => {
    assert.equal(eventOf(form).message, 'Say 1+1=2 & 100% of "it"')
  })

  const json = encodeURIComponent(github.body.toString('utf8'))
  const ambiguous: [string, string][] = [
    ['two payload fields', `payload=${json}&payload=${json}`],
    ['a second field', `payload=${json}&x=1`],
    ['another field first', `x=1&payload=${json}`],
    ['a double-encoded payload', `payload=${encodeURIComponent(json)}`],
    ['an encoded field name', `%70ayload=${json}`],
    ['a broken percent sign', 'payload=%7B%'],
    ['percent-encoded bytes that are no UTF-8', 'payload=%ff%fe'],
    ['no payload field', 'x=1'],
    ['nothing', ''],
  ]
  for (const [what, body] of ambiguous) {
    it(`A09 is malformed with ${what}`, () => assertMalformed(withBody(form, body)))
  }
})

describe('a body', () => {
  const deep = (n: number) => `${'['.repeat(n)}${']'.repeat(n)}`
  const broken: [string, string | Uint8Array][] = [
    ['empty', ''],
    ['no JSON', '{"ref":'],
    ['no object', '[]'],
    ['null', 'null'],
    ['no UTF-8', Uint8Array.of(0x22, 0xff, 0x22)],
    ['nested a million deep', deep(1_000_000)],
    ['nested in a known field', `{"commits":${deep(100)}}`],
    ['of three million elements', `[${'0,'.repeat(3_000_000)}0]`],
  ]
  for (const [what, body] of broken) {
    it(`A23 that is ${what} is malformed`, () => assertMalformed(withBody(github, body)))
  }

  it('of another content type is malformed', () => {
    assertMalformed({ ...github, headers: { ...github.headers, 'content-type': 'text/plain' } })
    const { 'content-type': _, ...untyped } = github.headers
    assertMalformed({ ...github, headers: untyped })
  })

  it('is read when brackets stand in its strings', () => {
    const message = `${'[{"'.repeat(500)}\\`
    const payload = { ...payloadOf(github), head_commit: { id: 'a'.repeat(40), message } }
    assert.equal(eventOf(withBody(github, JSON.stringify(payload))).message, message)
  })

  it('never shows up in the error that it causes', () => {
    try {
      readEvents(verified(withBody(github, '{"s3cret": s3cret}')))
      assert.fail('was read')
    } catch (error) {
      assert.ok(error instanceof DeliveryMalformed)
      assert.ok(!JSON.stringify([error.message, error.hint, error.stack, error.cause]).includes('s3cret'))
    }
  })
})

describe('no bytes', () => {
  function readsOrIsMalformed(of: Fixture): void {
    try {
      readEvents(verified(of))
    } catch (error) {
      if (!(error instanceof DeliveryMalformed)) throw error
    }
  }

  it('make readEvents throw anything but DeliveryMalformed', () => {
    fc.assert(
      fc.property(fc.constantFrom(github, bitbucket, form), fc.uint8Array({ maxLength: 300 }), (of, bytes) =>
        readsOrIsMalformed(withBody(of, bytes)),
      ),
      { numRuns },
    )
  })

  it('that are any JSON make readEvents throw anything but DeliveryMalformed', () => {
    fc.assert(
      fc.property(fc.constantFrom(github, bitbucket), fc.json(), (of, json) => readsOrIsMalformed(withBody(of, json))),
      { numRuns },
    )
  })

  it('in any field of a real payload make readEvents throw anything but DeliveryMalformed', () => {
    const strange = fc.oneof(
      fc.jsonValue(),
      fc.string({ unit: 'binary' }),
      fc.constantFrom('__proto__', 'a'.repeat(100_000), '\ud800', '0'.repeat(40), 'https://github.com/a/b', -0, 1e308),
    )
    const cases = [github, bitbucket].map((of) => ({ of, payload: payloadOf(of) }))
    fc.assert(
      fc.property(fc.constantFrom(...cases), fc.nat(), strange, ({ of, payload }, at, value) => {
        const changed = structuredClone(payload)
        const places = placesOf(changed)
        const place = places[at % places.length]
        if (place) place.holder[place.key] = value
        readsOrIsMalformed(withBody(of, JSON.stringify(changed)))
      }),
      { numRuns },
    )
  })

  type Holder = { [key: string]: unknown }
  function placesOf(value: unknown): { holder: Holder; key: string }[] {
    if (!isHolder(value)) return []
    return Object.keys(value).flatMap((key) => [{ holder: value, key }, ...placesOf(value[key])])
  }
  function isHolder(value: unknown): value is Holder {
    return typeof value === 'object' && value !== null
  }
})
