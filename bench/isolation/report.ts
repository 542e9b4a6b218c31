import { median, ratioByRound, type Spread } from '../support/statistics.ts'
import { formatCount, formatFixed, formatRatio, formatTable } from '../support/table.ts'
import type { Measured, RouteSample, Sample } from './measure.ts'
import { type Aim, aims, NORMAL } from './variants.ts'

export interface IsolationRow {
  readonly name: string
  readonly what: string
  readonly p50Ms: number
  readonly p99Ms: number
  /** How many times the normal p99 of the same round. */
  readonly ratio: Spread
  /** Outcomes of all rounds together, by route. */
  readonly healthy: Readonly<Record<string, number>>
  readonly hanging: Readonly<Record<string, number>>
  readonly lagP99Ms: number
}

export interface JudgedAim extends Aim {
  readonly ratio: Spread
  readonly met: boolean
}

/** A row for each variant; ratios are formed round by round. */
export function summariseIsolation(all: readonly Measured[]): IsolationRow[] {
  return all.map(({ variant, samples }) => ({
    name: variant.name,
    what: variant.what,
    p50Ms: median(samples.map(sample => sample.healthy.p50Ms)),
    p99Ms: median(p99s(samples)),
    ratio: ratioToNormal(all, samples),
    healthy: sum(samples.map(sample => sample.healthy)),
    hanging: sum(samples.map(sample => sample.hanging)),
    lagP99Ms: median(samples.map(sample => sample.lagP99Ms)),
  }))
}

/** Judges the aims by the median of the rounds' ratios. */
export function judgeIsolation(rows: readonly IsolationRow[]): JudgedAim[] {
  return aims.map(aim => {
    const ratio = rows.find(row => row.name === aim.row)!.ratio
    return { ...aim, ratio, met: aim.side === 'at most' ? ratio.median <= aim.bound : ratio.median > aim.bound }
  })
}

/** Why the figures must not be trusted; empty when all is well. */
export function problemsOf(rows: readonly IsolationRow[]): string[] {
  const normal = rows.find(row => row.name === NORMAL)!
  const failed = Object.entries(normal.healthy).filter(([outcome]) => outcome !== '200')
  return [
    ...failed.map(([outcome, count]) => `${NORMAL}: ${count} requests: ${outcome}`),
    ...rows
      .filter(row => row.lagP99Ms > normal.p99Ms / 2)
      .map(
        row =>
          `${row.name}: requests were sent ${formatFixed(row.lagP99Ms, 1)} ms late, too much beside the normal p99`,
      ),
  ]
}

/** The tables that people read. */
export function formatIsolation(rows: readonly IsolationRow[], judged: readonly JudgedAim[]): string {
  const table = formatTable(
    [
      { title: 'variant' },
      { title: 'p50 ms', align: 'right' },
      { title: 'p99 ms', align: 'right' },
      { title: 'p99 / normal', align: 'right' },
      { title: 'healthy route' },
      { title: 'hanging route' },
      { title: 'sent late p99 ms', align: 'right' },
      { title: 'what' },
    ],
    rows.map(row => [
      row.name,
      formatFixed(row.p50Ms, 1),
      formatFixed(row.p99Ms, 1),
      formatRatio(row.ratio),
      formatOutcomes(row.healthy),
      formatOutcomes(row.hanging),
      formatFixed(row.lagP99Ms, 1),
      row.what,
    ]),
  )
  const aimTable = formatTable(
    [
      { title: 'aim: p99 / normal' },
      { title: 'bound', align: 'right' },
      { title: 'measured', align: 'right' },
      { title: '' },
    ],
    judged.map(aim => [aim.row, `${aim.side} ${aim.bound}`, formatRatio(aim.ratio), aim.met ? 'met' : 'missed']),
  )
  return `${table}\n\n${aimTable}\n`
}

const p99s = (samples: readonly Sample[]): number[] => samples.map(sample => sample.healthy.p99Ms)

function ratioToNormal(all: readonly Measured[], samples: readonly Sample[]): Spread {
  const normal = all.find(one => one.variant.name === NORMAL)
  return ratioByRound(p99s(samples), p99s(normal?.samples ?? []))
}

function sum(samples: readonly RouteSample[]): Record<string, number> {
  const total: Record<string, number> = {}
  for (const { outcomes } of samples) {
    for (const [outcome, count] of Object.entries(outcomes)) total[outcome] = (total[outcome] ?? 0) + count
  }
  return total
}

const formatOutcomes = (outcomes: Readonly<Record<string, number>>): string =>
  Object.entries(outcomes)
    .map(([outcome, count]) => `${outcome}: ${formatCount(count)}`)
    .join(', ')
