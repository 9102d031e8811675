/** A value of a cell; what is absent is an empty cell. */
export type Cell = string | undefined

/**
 * Spreadsheets take these at the start of a cell for the start of a formula, some also in their wide forms. One that
 * splits at semicolons or tabs, whatever quotes say, has more starts of cells than this file.
 */
const FORMULA_START = /(^|[;\t\r\n])(?=[\s\u00a0"]*[=+\-@\uff0b\uff0d\uff1d\uff20])/g

/** A cell that a spreadsheet shows and never evaluates: quoted, and an apostrophe goes before what would be a formula. */
export function renderCell(value: Cell): string {
  if (value === undefined) return ''
  const text = value.replace(FORMULA_START, "$1'").replace(/^[\t\r\n]/, "'$&")
  return `"${text.replaceAll('"', '""')}"`
}

const BYTE_ORDER_MARK = '\uFEFF'

/** The line of names, RFC 4180, after a byte order mark, without which spreadsheets take UTF-8 for something else. */
export function renderHead(names: readonly string[]): string {
  return BYTE_ORDER_MARK + renderLine(names)
}

/** A line for each record, its cells in the order of the names. */
export function renderLines(names: readonly string[], rows: readonly Readonly<Record<string, Cell>>[]): string {
  return rows.map((row) => renderLine(names.map((name) => row[name]))).join('')
}

function renderLine(cells: readonly Cell[]): string {
  return `${cells.map(renderCell).join(',')}\r\n`
}
