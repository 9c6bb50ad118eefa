import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { compileGlob, compileGlobList } from '../../../config/glob.ts'

const TABLE: [glob: string, value: string, matches: boolean][] = [
  ['main', 'main', true],
  ['main', 'maintenance', false],
  ['main', 'Main', false],
  ['feature/*', 'feature/a', true],
  ['feature/*', 'feature/a/b', false],
  ['feature/**', 'feature/a/b', true],
  ['feature/**', 'feature', false],
  ['feature/**', 'features/a', false],
  ['**', 'a/b/c', true],
  ['**/b', 'b', true],
  ['**/b', 'a/x/b', true],
  ['**/b', 'ab', false],
  ['a/**/b', 'a/b', true],
  ['a/**/b', 'a/x/y/b', true],
  ['a/**/b', 'ab', false],
  ['v?', 'v1', true],
  ['v?', 'v/', false],
  ['v?', 'v😀', true],
  ['v[0-9]', 'v7', true],
  ['v[!0-9]', 'v7', false],
  ['v[^0-9]', 'vx', true],
  ['a[!x]b', 'a/b', false],
  ['a[]b', 'a', false],
  ['{main,release/*}', 'release/1', true],
  ['{a,b{c,d}}', 'bd', true],
  ['{a,}x', 'x', true],
  ['\\*', '*', true],
  ['\\*', 'x', false],
  ['\\!important', '!important', true],
  ['*@example.com', 'a@example.com', true],
  ['*@example.com', 'a@example.com.evil.org', false],
]

/** Mostly what means something in a glob. */
const globText = fc.array(fc.constantFrom(...'*?[]{}\\!^-,/ab😀')).map((characters) => characters.join(''))

describe('a glob', () => {
  for (const [glob, value, expected] of TABLE) {
    test(`${glob} ${expected ? 'matches' : 'does not match'} ${value}`, () => {
      const compiled = compileGlob(glob)
      assert.equal('problem' in compiled ? false : compiled.matches(value), expected)
    })
  }

  for (const [glob, at] of [
    ['a[b', 1],
    ['a{b', 1],
    ['a}b', 1],
    ['a\\', 1],
    ['[]', 0],
    ['[z-a]', 0],
    ['', 0],
    ['!a', 0],
    ['{{ x }}', 0],
  ] as const) {
    test(`${JSON.stringify(glob)} is refused with the place of the mistake`, () => {
      const compiled = compileGlob(glob)
      assert.ok('problem' in compiled)
      assert.equal(compiled.at, at)
    })
  }

  test('of a million alternatives is refused instead of multiplied out', () => {
    assert.ok('problem' in compileGlob('{a,b,c,d,e,f,g,h,i,j}'.repeat(6)))
  })

  test('stays fast on a branch name made to slow it down', () => {
    const compiled = compileGlob(`${'**a'.repeat(20)}b`)
    const startedAt = performance.now()
    assert.equal('problem' in compiled || compiled.matches('a'.repeat(1000)), false)
    assert.ok(performance.now() - startedAt < 1000)
  })

  test('of any text is compiled or refused, and never throws', () => {
    fc.assert(
      fc.property(globText, fc.string(), (glob, value) => {
        const compiled = compileGlob(glob)
        if (!('problem' in compiled)) assert.equal(typeof compiled.matches(value), 'boolean')
        else assert.ok(compiled.at >= 0 && compiled.at <= glob.length)
      }),
    )
  })

  test('in which everything special is escaped matches that text and no other', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string(), (text, other) => {
        const compiled = compileGlob(text.replace(/[\\*?[\]{}!,]/g, '\\$&'))
        assert.ok(!('problem' in compiled))
        assert.ok(compiled.matches(text))
        assert.equal(compiled.matches(other), other === text)
      }),
    )
  })
})

describe('a list of globs', () => {
  const matches = (list: string[], value: string) => {
    const compiled = compileGlobList(list)
    assert.ok(!('problem' in compiled))
    return compiled.matches(value)
  }

  test('of negatives alone means everything but those', () => {
    assert.equal(matches(['!docs/**'], 'src/a.ts'), true)
    assert.equal(matches(['!docs/**'], 'docs/a.md'), false)
  })

  test('lets the last matching entry win', () => {
    const list = ['src/**', '!src/generated/**', 'src/generated/keep.ts']
    assert.equal(matches(list, 'src/a.ts'), true)
    assert.equal(matches(list, 'src/generated/a.ts'), false)
    assert.equal(matches(list, 'src/generated/keep.ts'), true)
    assert.equal(matches(list, 'README.md'), false)
  })

  test('names the entry that is wrong', () => {
    assert.deepEqual(compileGlobList(['a', '!b[']), { problem: 'a [ without its ]', at: 2, entry: 1 })
  })
})
