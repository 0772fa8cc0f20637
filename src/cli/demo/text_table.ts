/** A column of a table of text. */
export interface Column<Row> {
  readonly title: string
  readonly align: 'left' | 'right'
  readonly cell: (row: Row) => string
}

const gap = '  '

/** A line of titles, then a line for each row; every column is as wide as its widest cell. */
export function textTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string[] {
  const table = columns.map(({ title, align, cell }) => {
    const cells = [title, ...rows.map(cell)]
    const width = Math.max(...cells.map(({ length }) => length))
    return cells.map(text => (align === 'left' ? text.padEnd(width) : text.padStart(width)))
  })
  return Array.from({ length: rows.length + 1 }, (_, row) =>
    table
      .map(cells => cells[row] ?? '')
      .join(gap)
      .trimEnd()
  )
}

/** The text in so many characters: what is too long loses its middle, since both ends of an address tell it from others. */
export function shortened(text: string, charactersMax: number): string {
  if (text.length <= charactersMax) return text
  const kept = Math.max(0, charactersMax - 1)
  const head = Math.ceil(kept / 2)
  return `${text.slice(0, head)}…${text.slice(text.length - (kept - head))}`
}
