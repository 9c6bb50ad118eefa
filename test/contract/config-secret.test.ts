import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { resolveSecret, SecretEmpty, SecretMissing } from '../../config/secret.ts'

describe('a secret in a file', () => {
  let folder = ''
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'letterbox-secret-'))
  })
  after(() => rm(folder, { recursive: true }))

  for (const [written, read] of [
    ['s3cret', 's3cret'],
    ['s3cret\n', 's3cret'],
    ['s3cret\r\n', 's3cret'],
    ['s3cret\n\n', 's3cret\n'],
    [' s3cret ', ' s3cret '],
  ] as const) {
    test(`${JSON.stringify(written)} is ${JSON.stringify(read)}`, async () => {
      const file = join(folder, 'secret')
      await writeFile(file, written)
      assert.equal(resolveSecret({ file }, {}), read)
    })
  }

  test('that holds nothing but a line end is refused', async () => {
    const file = join(folder, 'empty')
    await writeFile(file, '\n')
    assert.throws(() => resolveSecret({ file }, {}), SecretEmpty)
  })

  test('that is not there, is a folder or is huge is told by its path alone', async () => {
    const huge = join(folder, 'huge')
    await writeFile(huge, 'x'.repeat(70_000))
    for (const file of [join(folder, 'none'), folder, huge]) {
      assert.throws(
        () => resolveSecret({ file }, {}),
        (error) => error instanceof SecretMissing && error.message.includes(file) && !error.message.includes('xxx'),
      )
    }
  })
})
