import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { resolveSecret, SecretEmpty, SecretMissing } from '../../../config/secret.ts'

describe('a secret in the environment', () => {
  test('is read when it is asked for', () => assert.equal(resolveSecret({ env: 'A' }, { A: ' s3cret ' }), ' s3cret '))

  test('that is not set is told by its name', () => {
    assert.throws(
      () => resolveSecret({ env: 'A' }, {}),
      (error) => error instanceof SecretMissing && /variable A is not set/.test(error.message),
    )
    assert.throws(() => resolveSecret({ env: 'constructor' }, {}), SecretMissing)
  })

  test('that is empty or whitespace is refused', () => {
    for (const value of ['', ' ', '\n\t']) assert.throws(() => resolveSecret({ env: 'A' }, { A: value }), SecretEmpty)
  })
})
