import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { type Column, table } from '../../../../cli/print/table.ts'

type Row = { name: string; size: string }
const columns: Column<Row>[] = [
  { title: 'NAME', text: ({ name }) => name, shrinkTo: 6 },
  { title: 'SIZE', text: ({ size }) => size },
]

suite('tables', () => {
  test('columns are as wide as their widest cell', () => {
    const text = table(
      columns,
      [
        { name: 'feature/a', size: '1' },
        { name: 'b', size: '22222' },
      ],
      null,
    )
    assert.equal(text, 'NAME       SIZE\nfeature/a  1\nb          22222\n')
  })

  test('a line that is too long for the terminal is cut where it may be cut', () => {
    const text = table(columns, [{ name: 'feature/long-name', size: '12345' }], 16)
    assert.equal(text, 'NAME       SIZE\nfeature/…  12345\n')
  })

  test('a column whose end matters is cut at its start', () => {
    const ends = columns.map((column, index) => (index === 0 ? { ...column, cut: 'start' as const } : column))
    assert.equal(table(ends, [{ name: 'example.com/shop#12', size: '1' }], 14), 'NAME      SIZE\n…shop#12  1\n')
  })

  test('a column is not cut below its least width', () => {
    const text = table(columns, [{ name: 'feature/long-name', size: '12345' }], 4)
    assert.equal(text, 'NAME    SIZE\nfeatu…  12345\n')
  })

  test('cells cannot break the line', () => {
    assert.equal(table(columns, [{ name: 'a\nb', size: '1' }], null).split('\n').length, 3)
  })
})
