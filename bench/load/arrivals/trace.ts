import type { StageSpec } from '@archlab/runtime/topology'

/** A recorded arrival pattern: every arrival, or the rate over time. */
export type Trace =
  | { readonly type: 'times'; readonly timesMs: readonly number[] }
  | { readonly type: 'rates'; readonly stages: readonly StageSpec[] }

/** What is wrong with a trace, and in which line (1-based). */
export class TraceError extends Error {
  readonly line: number
  constructor(line: number, message: string) {
    super(`line ${line}: ${message}`)
    this.line = line
  }
}

/** A day of a thousand arrivals a second. */
const ROWS_MAX = 86_400_000

/**
 * Reads a CSV file. Its first line names the columns: `time_s` (one row for each arrival), or `time_s,rate` (from that time
 * on so many arrivals per second; the last row ends the trace). `time_ms` may stand for `time_s`. Rows are in order of time;
 * empty lines and lines that begin with # are skipped. Throws a TraceError.
 */
export function parseTrace(text: string): Trace {
  const rows = text
    .split(/\r?\n/)
    .map((row, at) => ({ row: row.trim(), line: at + 1 }))
    .filter(({ row }) => row !== '' && !row.startsWith('#'))
  const head = rows.shift()
  const columns = head?.row.split(/\s*,\s*/) ?? []
  const [unit, rate, ...more] = columns
  if (!head || !/^time_m?s$/.test(unit ?? '') || (rate !== undefined && rate !== 'rate') || more.length > 0) {
    throw new TraceError(head?.line ?? 1, 'the first line must be time_s, time_ms, or one of them and rate')
  }
  if (rows.length > ROWS_MAX) throw new TraceError(rows[ROWS_MAX]!.line, `a trace has at most ${ROWS_MAX} rows`)
  const factor = unit === 'time_s' ? 1000 : 1
  const read = rows.map(({ row, line }) => ({ line, values: numbers(row, columns, line) }))
  for (const [at, { line, values }] of read.entries()) {
    if (at > 0 && values[0]! < read[at - 1]!.values[0]!) throw new TraceError(line, `${unit} goes back`)
  }
  if (rate === undefined) return { type: 'times', timesMs: read.map(({ values }) => values[0]! * factor) }
  if (read.length < 2) throw new TraceError(head.line, 'rates need at least two rows: the last one ends the trace')
  return { type: 'rates', stages: stagesOf(read.map(({ values }) => [values[0]! * factor, values[1]!] as const)) }
}

function numbers(row: string, columns: readonly string[], line: number): number[] {
  const cells = row.split(/\s*,\s*/)
  if (cells.length !== columns.length) throw new TraceError(line, `${cells.length} columns, not ${columns.length}`)
  return cells.map((cell, at) => {
    const value = Number(cell)
    if (cell === '' || !Number.isFinite(value)) throw new TraceError(line, `${columns[at]} is "${cell}", not a number`)
    if (value < 0) throw new TraceError(line, `${columns[at]} is negative`)
    return value
  })
}

/** Constant rates from row to row; before the first row nothing arrives. */
function stagesOf(rows: readonly (readonly [number, number])[]): StageSpec[] {
  const stages: StageSpec[] = []
  if (rows[0]![0] > 0) stages.push({ from: 0, to: 0, durationMs: rows[0]![0] })
  for (const [at, [startMs, rate]] of rows.slice(0, -1).entries()) {
    const durationMs = rows[at + 1]![0] - startMs
    if (durationMs > 0) stages.push({ from: rate, to: rate, durationMs })
  }
  return stages
}
