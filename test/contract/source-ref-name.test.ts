import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { it } from 'node:test'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { checkRefName, RefInvalid } from '../../worker/source/ref-name.ts'

const run = promisify(execFile)

it('takes the very ref names that git takes', async () => {
  const piece = fc.constantFrom(
    'a',
    'B',
    '.',
    '..',
    '/',
    '//',
    '@',
    '@{',
    '~',
    '^',
    ':',
    '?',
    '*',
    '[',
    '\\',
    '.lock',
    '-',
    ' ',
    ';',
    '$(x)',
    "'",
    'ä',
    '\u007f',
    '\t',
    '{',
    'lock',
  )
  const ref = fc.tuple(
    fc.constantFrom('refs/heads/', 'refs/tags/', 'refs/', ''),
    fc.array(piece, { minLength: 1, maxLength: 5 }),
  )
  await fc.assert(
    fc.asyncProperty(ref, async ([start, pieces]) => {
      const name = start + pieces.join('')
      // ours are full refs below refs/: git itself would also take `a/b`
      fc.pre(name.startsWith('refs/') && name.split('/').length > 2)
      const git = await run('git', ['check-ref-format', name]).then(
        () => true,
        () => false,
      )
      assert.equal(takes(name), git, JSON.stringify(name))
    }),
    { numRuns: 300 },
  )
})

function takes(ref: string): boolean {
  try {
    checkRefName(ref)
    return true
  } catch (error) {
    assert.ok(error instanceof RefInvalid)
    return false
  }
}
