import type { Spread } from './statistics.ts'

export interface Column {
  readonly title: string
  /** Numbers stand at the right; default left. */
  readonly align?: 'right'
}

/** A table of plain text, columns two spaces apart, with a rule below the titles. */
export function formatTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map((column, index) =>
    Math.max(column.title.length, ...rows.map(row => (row[index] ?? '').length)),
  )
  const format = (cells: readonly string[]): string =>
    columns
      .map((column, index) => {
        const cell = cells[index] ?? ''
        return column.align === 'right' ? cell.padStart(widths[index]!) : cell.padEnd(widths[index]!)
      })
      .join('  ')
      .trimEnd()
  return [
    format(columns.map(column => column.title)),
    widths.map(width => '-'.repeat(width)).join('  '),
    ...rows.map(format),
  ].join('\n')
}

/** A whole number with separators between thousands: `144,873`; `-` when not measured. */
export function formatCount(value: number): string {
  return Number.isFinite(value) ? Math.round(value).toLocaleString('en-US') : '-'
}

/** Smallest and largest of whole numbers: `139,871..148,002`; `-` when not measured. */
export function formatRange({ min, max }: Spread): string {
  return Number.isFinite(min) ? `${formatCount(min)}..${formatCount(max)}` : '-'
}

/** A number with so many digits after the point; `-` when not measured. */
export function formatFixed(value: number, digits: number): string {
  return Number.isFinite(value) ? value.toFixed(digits) : '-'
}

/** A ratio with its spread over the rounds: `8.52 (8.10..8.91)`; `-` when not measured. */
export function formatRatio(ratio: Spread): string {
  if (!Number.isFinite(ratio.median)) return '-'
  return `${ratio.median.toFixed(2)} (${ratio.min.toFixed(2)}..${ratio.max.toFixed(2)})`
}
