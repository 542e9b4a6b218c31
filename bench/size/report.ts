import { line, type Spread, spread } from '../support/statistics.ts'
import { formatFixed, formatTable } from '../support/table.ts'
import type { SizeSample } from './measure.ts'

const MEBIBYTE = 1024 * 1024

/** What one more replica of a kind costs: slope of the line through the sizes of a round, summarised over the rounds. */
export interface SizeRow {
  readonly kind: string
  /** Resident memory, in bytes. */
  readonly bytesPerReplica: Spread
  /** The lab without replicas: where the line starts, in bytes. */
  readonly bytesFixed: Spread
  readonly startMsPerReplica: Spread
  readonly startMsFixed: Spread
  /** Figures by number of replicas. */
  readonly sizes: readonly { readonly replicas: number; readonly residentBytes: Spread; readonly startMs: Spread }[]
}

export function summariseSizes(samples: readonly SizeSample[]): SizeRow[] {
  return [...new Set(samples.map(sample => sample.kind))].map(kind => {
    const own = samples.filter(sample => sample.kind === kind)
    const rounds = [...new Set(own.map(sample => sample.round))]
    const lines = (value: (sample: SizeSample) => number) =>
      rounds.map(round => line(own.filter(one => one.round === round).map(one => ({ x: one.replicas, y: value(one) }))))
    const memory = lines(sample => sample.residentBytes)
    const start = lines(sample => sample.startMs)
    const counts = [...new Set(own.map(sample => sample.replicas))].sort((a, b) => a - b)
    return {
      kind,
      bytesPerReplica: spread(memory.map(one => one.slope)),
      bytesFixed: spread(memory.map(one => one.intercept)),
      startMsPerReplica: spread(start.map(one => one.slope)),
      startMsFixed: spread(start.map(one => one.intercept)),
      sizes: counts.map(replicas => {
        const same = own.filter(sample => sample.replicas === replicas)
        return {
          replicas,
          residentBytes: spread(same.map(sample => sample.residentBytes)),
          startMs: spread(same.map(sample => sample.startMs)),
        }
      }),
    }
  })
}

/** The tables that people read. */
export function formatSizes(rows: readonly SizeRow[]): string {
  const right = (title: string) => ({ title, align: 'right' as const })
  const sizes = formatTable(
    [{ title: 'kind' }, right('replicas'), right('memory MiB'), right('ready after ms')],
    rows.flatMap(row =>
      row.sizes.map((size, index) => [
        index === 0 ? row.kind : '',
        String(size.replicas),
        formatSpread(size.residentBytes, MEBIBYTE, 0),
        formatSpread(size.startMs, 1, 0),
      ]),
    ),
  )
  const slopes = formatTable(
    [
      { title: 'one more replica of' },
      right('memory MiB'),
      right('start ms'),
      right('lab itself MiB'),
      right('lab itself ms'),
    ],
    rows.map(row => [
      row.kind,
      formatSpread(row.bytesPerReplica, MEBIBYTE, 2),
      formatSpread(row.startMsPerReplica, 1, 2),
      formatSpread(row.bytesFixed, MEBIBYTE, 0),
      formatSpread(row.startMsFixed, 1, 0),
    ]),
  )
  return `${sizes}\n\n${slopes}\n`
}

function formatSpread(value: Spread, unit: number, digits: number): string {
  const format = (number: number): string => formatFixed(number / unit, digits)
  return Number.isNaN(value.median) ? '-' : `${format(value.median)} (${format(value.min)}..${format(value.max)})`
}
