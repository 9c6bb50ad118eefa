import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { plain, plainLogText } from '../../../../cli/print/plain.ts'

// biome-ignore lint/suspicious/noControlCharactersInRegex: what must not get through
const OBEYED = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/

suite('text of strangers only shows itself on a terminal', () => {
  test('escape sequences, line ends and turned reading directions are gone', () => {
    assert.equal(plain('a\u001b[2Jb\u001b]0;title\u0007c'), 'abc')
    assert.equal(plain('one\r\ntwo'), 'one  two')
    assert.equal(plain('abc\u202etxt.exe'), 'abc txt.exe')
  })

  test('no text gets anything through that a terminal obeys', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => !OBEYED.test(plain(text))))
  })

  test('a log keeps its colours on a terminal, and nothing else', () => {
    assert.equal(plainLogText('\u001b[31mred\u001b[0m\u001b[2J', true), '\u001b[31mred\u001b[0m\u001b[0m')
    assert.equal(plainLogText('\u001b[31mred\u001b[0m', false), 'red')
    assert.equal(plainLogText('a\tb', false), 'a    b')
  })

  test('no log line gets more than colours through', () => {
    const pieces = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\u001b', '\u001b[', '31m', '\u009b', 'm'))
    fc.assert(
      fc.property(fc.array(pieces), (parts) => {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are allowed
        const withoutColors = plainLogText(parts.join(''), true).replaceAll(/\u001b\[[0-9;]*m/g, '')
        return !OBEYED.test(withoutColors)
      }),
    )
  })
})
