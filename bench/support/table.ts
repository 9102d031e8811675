/** Columns as wide as their widest cell; the first to the left, figures to the right. */
export function renderTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((cell, column) => Math.max(cell.length, ...rows.map((row) => row[column]?.length ?? 0)))
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd()
  return [line(head), widths.map((width) => '─'.repeat(width)).join('  '), ...rows.map(line)].join('\n')
}

/** What a figure should be; without a bound it is only reported. */
export interface Target {
  readonly what: string
  readonly value: number
  readonly unit: string
  readonly atLeast?: number
  readonly atMost?: number
}

export function isMet({ value, atLeast = -Infinity, atMost = Infinity }: Target): boolean {
  return value >= atLeast && value <= atMost
}

export function renderTarget(target: Target): string {
  const { what, value, unit, atLeast, atMost } = target
  const figure = `${what}: ${round(value)}${unit}`
  if (atLeast === undefined && atMost === undefined) return `  figure  ${figure}`
  const bound = atLeast === undefined ? `at most ${atMost}${unit}` : `at least ${atLeast}${unit}`
  return `  ${isMet(target) ? 'met   ' : 'MISSED'}  ${figure} (${bound})`
}

/** Three digits say all that a benchmark knows. */
export function round(value: number): number {
  return Number(value.toPrecision(3))
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}
