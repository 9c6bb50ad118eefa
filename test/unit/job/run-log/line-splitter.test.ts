import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { createMask } from '../../../../job/mask.ts'
import { createLineSplitter } from '../../../../job/run-log/line-splitter.ts'

function split(chunks: (string | Uint8Array)[], options: { secrets?: string[]; lineBytes?: number } = {}): string[] {
  const lines: string[] = []
  const mask = createMask()
  for (const secret of options.secrets ?? []) mask.add(secret)
  const splitter = createLineSplitter({ mask, lineBytes: options.lineBytes ?? 1000, line: (text) => lines.push(text) })
  for (const chunk of chunks) splitter.write(chunk)
  splitter.end()
  return lines
}

describe('output cut into lines', () => {
  test('lines may be cut anywhere and end in any way', () => {
    assert.deepEqual(split(['a', 'b\nc', '\r', '\nd\n\n', 'e']), ['ab', 'c', 'd', '', 'e'])
    assert.deepEqual(split(['a\n']), ['a'])
    assert.deepEqual(split([]), [])
    assert.deepEqual(split(['', '\n']), [''])
  })

  test('a character that is split over two chunks stays whole', () => {
    const bytes = Buffer.from('für €5 🎉\n')
    assert.deepEqual(split(Array.from(bytes, (byte) => Buffer.of(byte))), ['für €5 🎉'])
    assert.deepEqual(split([Buffer.of(0x61, 0xff, 0x62, 0x0a)]), ['a\ufffdb'])
  })

  test('of a line that was overwritten the last state is kept', () => {
    assert.deepEqual(split(['10%\r50', '%\r100%\ndone\n']), ['100%', 'done'])
    assert.deepEqual(split(['10%\r', '20%\r', '\n']), ['20%'])
    assert.deepEqual(split(['a\r\r\nb']), ['a', 'b'])
  })

  test('colours stay, other control characters are visible or gone', () => {
    assert.deepEqual(split(['\x1b[31mred\x1b[0m\tx\n']), ['\x1b[31mred\x1b[0m\tx'])
    assert.deepEqual(split(['\x1b[2Ka\x1b[1;1Hb\x1b]0;title\x07c\n']), ['abc'])
    assert.deepEqual(split(['a\0b\x07c\x7fd\x9be\x1b\n']), ['a␀b␇c␡d\ufffde␛'])
    assert.deepEqual(split(['\x1b]0;no end\n']), ['0;no end'])
  })

  test('a secret that is split over chunks is hidden', () => {
    assert.deepEqual(split(['the hun', 'ter', '2 is\n'], { secrets: ['hunter2'] }), ['the *** is'])
  })

  test('a secret that only cleaning brings together is hidden', () => {
    assert.deepEqual(split(['hun\x1b[Kter2\n'], { secrets: ['hunter2'] }), ['***'])
  })

  test('a line over the cap is cut with a mark, between characters', () => {
    assert.deepEqual(split(['0123456789abc\nnext\n'], { lineBytes: 10 }), ['0123456789 … [cut: 3 bytes]', 'next'])
    assert.deepEqual(split(['ééééé!\n'], { lineBytes: 5 }), ['éé … [cut: 7 bytes]'])
    assert.deepEqual(split(['0123456789\n'], { lineBytes: 10 }), ['0123456789'])
  })

  test('a line over the cap that comes in pieces is cut the same way', () => {
    const chunks = [...'x'.repeat(100), '\r', '\n', 'y']
    assert.deepEqual(split(chunks, { lineBytes: 10 }), ['xxxxxxxxxx … [cut: 90 bytes]', 'y'])
    assert.deepEqual(split([...'x'.repeat(100), '\rshort\n'], { lineBytes: 10 }), ['short'])
    assert.deepEqual(split([...'x'.repeat(100), '\r', 'short\n'], { lineBytes: 10 }), ['short'])
    assert.deepEqual(split([...'x'.repeat(100)], { lineBytes: 10 }), ['xxxxxxxxxx … [cut: 90 bytes]'])
  })

  test('a secret that lies across the cut of a line is hidden', () => {
    for (let before = 0; before < 20; before++) {
      const text = `${'x'.repeat(before)}hunter2hunter2hunter2${'y'.repeat(50)}\n`
      for (const chunks of [[text], [...text]]) {
        const [line = ''] = split(chunks, { secrets: ['hunter2'], lineBytes: 10 })
        assert.ok(!/hun|ter2/.test(line), line)
      }
    }
  })

  test('however output is cut into chunks, the lines are the same', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('\n', '\r', '\r\n', 'hunter2', 'x'.repeat(30), 'é'),
    )
    fc.assert(
      fc.property(fc.array(piece), fc.array(fc.nat(40)), (pieces, cuts) => {
        const bytes = Buffer.from(pieces.join(''))
        const chunks: Buffer[] = []
        let at = 0
        for (const length of cuts) {
          chunks.push(bytes.subarray(at, at + length))
          at += length
        }
        chunks.push(bytes.subarray(at))
        const options = { secrets: ['hunter2'], lineBytes: 20 }
        assert.deepEqual(split(chunks, options), split([bytes], options))
        assert.ok(!split(chunks, options).join('\n').includes('hunter2'))
      }),
      { numRuns: 500 },
    )
  })
})
