import { summarise } from '../hop/report.ts'
import type { Spread } from '../support/statistics.ts'
import { formatCount, formatFixed, formatRange, formatTable } from '../support/table.ts'
import type { Grown } from './measure.ts'
import { type Slope, slopeOverRounds } from './slope.ts'

/** One size of one dimension over all rounds. */
export interface PointRow {
  readonly size: number
  readonly requestsPerSecond: Spread
  readonly p50Ms: number
  readonly p99Ms: number
  readonly cpuMicrosPerRequest: Spread
  readonly problems: readonly string[]
}

/** One dimension: its sizes, and what one more unit costs in CPU microseconds a request. */
export interface GrowthRow {
  readonly name: string
  readonly what: string
  readonly per: string | null
  readonly points: readonly PointRow[]
  readonly cpuMicrosSlope: Slope | null
}

/** Summarises what was measured. */
export function summariseGrowth(all: readonly Grown[]): GrowthRow[] {
  return all.map(({ dimension, points }) => {
    const { name, what, per, sizes } = dimension
    const rows = summarise(points).map(({ requestsPerSecond, p50Ms, p99Ms, cpuMicrosPerRequest, problems }, index) => {
      return { size: sizes[index]!, requestsPerSecond, p50Ms, p99Ms, cpuMicrosPerRequest, problems }
    })
    const count = Math.max(...points.map(point => point.samples.length))
    const rounds = Array.from({ length: count }, (_, round) =>
      points.map(point => point.samples[round]?.cpuMicrosPerRequest ?? Number.NaN),
    )
    return { name, what, per, points: rows, cpuMicrosSlope: per === null ? null : slopeOverRounds(sizes, rounds) }
  })
}

/** The tables that people read. */
export function formatGrowth(rows: readonly GrowthRow[]): string {
  return rows.map(row => [`${row.name}: ${row.what}`, pointTable(row), ...notes(row)].join('\n')).join('\n\n')
}

function pointTable({ name, points }: GrowthRow): string {
  const titles = [name, 'requests/s', 'min..max', 'p50 ms', 'p99 ms', 'CPU µs', 'min..max']
  return formatTable(
    titles.map(title => ({ title, align: 'right' })),
    points.map(({ size, requestsPerSecond, p50Ms, p99Ms, cpuMicrosPerRequest: cpu }) => [
      String(size),
      formatCount(requestsPerSecond.median),
      formatRange(requestsPerSecond),
      formatFixed(p50Ms, 2),
      formatFixed(p99Ms, 2),
      formatFixed(cpu.median, 2),
      Number.isFinite(cpu.min) ? `${cpu.min.toFixed(2)}..${cpu.max.toFixed(2)}` : '-',
    ]),
  )
}

function notes({ per, cpuMicrosSlope, points }: GrowthRow): string[] {
  const problems = points.flatMap(({ size, problems: texts }) => texts.map(text => `INVALID ${size}: ${text}`))
  if (cpuMicrosSlope === null || !Number.isFinite(cpuMicrosSlope.value)) return problems
  const { value, low, high, rounds } = cpuMicrosSlope
  const interval = Number.isFinite(low) ? `, 95 % interval ${low.toFixed(2)}..${high.toFixed(2)}, ${rounds} rounds` : ''
  return [`${value.toFixed(2)} CPU µs a ${per}${interval}`, ...problems]
}
