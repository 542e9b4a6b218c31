import { median, ratioByRound, type Spread, spread } from '../support/statistics.ts'
import { formatFixed, formatRatio, formatTable } from '../support/table.ts'
import type { MicroMeasured } from './measure.ts'

export interface MicroRow {
  readonly group: string
  readonly name: string
  readonly ours: boolean
  readonly nanoseconds: Spread
  /** The same of each round. */
  readonly rounds: readonly number[]
  /** Milliseconds that the reference work took beside them. */
  readonly paces: readonly number[]
  /** How many times less time ours takes than the fastest peer of the group; NaN for a peer or without one. */
  readonly timesFaster: Spread
  readonly warnings: readonly string[]
}

/** Summarises one group. The fastest peer is the one with the lowest median over all rounds. */
export function summariseGroup(all: readonly MicroMeasured[]): MicroRow[] {
  const peers = all.filter(one => !one.case.ours)
  const best = peers.reduce<MicroMeasured | undefined>(
    (fastest, one) => (fastest && median(fastest.nanoseconds) <= median(one.nanoseconds) ? fastest : one),
    undefined,
  )
  return all.map(one => ({
    group: one.case.group,
    name: one.case.name,
    ours: one.case.ours,
    nanoseconds: spread(one.nanoseconds),
    rounds: one.nanoseconds,
    paces: one.paces,
    timesFaster: one.case.ours && best ? ratioByRound(best.nanoseconds, one.nanoseconds) : spread([]),
    warnings: [...one.warnings],
  }))
}

/** A table per group. */
export function formatMicroReport(rows: readonly MicroRow[]): string {
  const groups = [...new Set(rows.map(row => row.group))]
  const tables = groups.map(group => {
    const own = rows.filter(row => row.group === group)
    const table = formatTable(
      [
        { title: group },
        { title: 'ns/operation', align: 'right' },
        { title: 'min..max', align: 'right' },
        { title: 'times faster', align: 'right' },
      ],
      own.map(row => [
        row.ours ? row.name : `peer: ${row.name}`,
        formatFixed(row.nanoseconds.median, 1),
        `${formatFixed(row.nanoseconds.min, 1)}..${formatFixed(row.nanoseconds.max, 1)}`,
        formatRatio(row.timesFaster),
      ]),
    )
    const warnings = own
      .filter(row => row.warnings.length > 0)
      .map(row => `WARNING ${row.name}: the timer is too coarse for it (${row.warnings.join(', ')}); raise its batch`)
    return [table, ...warnings].join('\n')
  })
  return `${tables.join('\n\n')}\n`
}
