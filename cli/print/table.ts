import { plain } from './plain.ts'

export type Column<Row> = {
  title: string
  text(row: Row): string
  /** paints the padded cell */
  paint?: (cell: string, row: Row) => string
  /** how short the column may be cut when the line is too long; columns without it are never cut */
  shrinkTo?: number
  /** where it is cut, when it must be; by default its end */
  cut?: 'start' | 'end'
}

const GAP = '  '

/** Rows in columns that fit the width: the widest of the columns that may be cut gives way first. */
export function table<Row>(columns: Column<Row>[], rows: Row[], width: number | null): string {
  const texts = rows.map((row) => columns.map(({ text }) => plain(text(row))))
  const widths = fit(columns, [columns.map(({ title }) => title), ...texts], width)
  const title = columns.map((column, index) => cell(column.title, widths[index] ?? 0, 'end'))
  const lines = rows.map((row, line) =>
    columns.map((column, index) => {
      const padded = cell(texts[line]?.[index] ?? '', widths[index] ?? 0, column.cut ?? 'end')
      return column.paint === undefined ? padded : column.paint(padded, row)
    }),
  )
  return [title, ...lines].map((cells) => `${cells.join(GAP).trimEnd()}\n`).join('')
}

function fit<Row>(columns: Column<Row>[], lines: string[][], width: number | null): number[] {
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => lengthOf(line[index] ?? ''))))
  if (width === null) return widths
  const available = width - GAP.length * (columns.length - 1)
  while (sum(widths) > available) {
    const widest = widestToCut(columns, widths)
    if (widest === null) break
    widths[widest] = (widths[widest] ?? 0) - 1
  }
  return widths
}

function widestToCut<Row>(columns: Column<Row>[], widths: number[]): number | null {
  let widest: number | null = null
  for (const [index, { shrinkTo }] of columns.entries()) {
    const own = widths[index] ?? 0
    if (shrinkTo === undefined || own <= shrinkTo) continue
    if (widest === null || own > (widths[widest] ?? 0)) widest = index
  }
  return widest
}

function cell(text: string, width: number, cut: 'start' | 'end'): string {
  const characters = [...text]
  if (characters.length <= width) return text + ' '.repeat(width - characters.length)
  if (cut === 'start') return `…${characters.slice(1 - width).join('')}`
  return `${characters.slice(0, width - 1).join('')}…`
}

const lengthOf = (text: string): number => [...text].length
const sum = (numbers: number[]): number => numbers.reduce((total, number) => total + number, 0)
