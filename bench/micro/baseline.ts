import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { studentQuantile } from '../compare/statistics/student-t.ts'
import { UsageError } from '../support/options.ts'
import { formatFixed, formatTable } from '../support/table.ts'
import type { MicroRow } from './report.ts'

/** A row slower than this many times the baseline is flagged, when chance does not explain it. */
export const SLOWER_RATIO = 1.05
/** Probability with which any row at all is flagged although nothing has changed. */
const FAMILY_ERROR = 0.05
const ROUNDS_MIN = 3
/** Paces that differ by less, as a sum of squares, cannot explain anything. */
const PACE_STEADY = 1e-9

/** One row beside itself in another result. */
export interface BaselineRow {
  readonly group: string
  readonly name: string
  /** How many times as long an operation takes now, the pace of the machine taken out; 1 is the same. */
  readonly ratio: number
  /** Interval that holds the true ratio of all rows at once, with 95 %. */
  readonly low: number
  readonly high: number
  /** `slower` and `faster` by at least 5 %, beyond chance; `same` otherwise, which does not say that nothing has changed. */
  readonly verdict: 'slower' | 'faster' | 'same'
}

/**
 * Compares the rows that two results have in common. A round is a replicate. The logarithms of a row's rounds are compared by Student's
 * t with a common variance, at a level divided by the number of rows (Bonferroni), so that a rerun of the same code flags any row
 * at all in one of twenty runs at most. What the machine's pace explains is taken out first: its logarithm is a covariate whose slope
 * each row has of its own, since what waits for memory hardly feels what slows arithmetic down (analysis of covariance, R. A. Fisher,
 * *Statistical Methods for Research Workers*, 4th ed. 1932, §49.1). Rows with fewer than three rounds on either side are left out.
 */
export function compareRows(before: readonly MicroRow[], after: readonly MicroRow[]): BaselineRow[] {
  const known = new Map(before.map(row => [keyOf(row), row]))
  const pairs = after.flatMap(row => {
    const old = known.get(keyOf(row))
    return old && old.rounds.length >= ROUNDS_MIN && row.rounds.length >= ROUNDS_MIN ? [{ old, row }] : []
  })
  return pairs.map(({ old, row }) => {
    const { shift, error, degrees } = shiftOf(old, row)
    const reach = studentQuantile(1 - FAMILY_ERROR / (2 * pairs.length), degrees) * error
    const ratio = Math.exp(shift)
    const [low, high] = [Math.exp(shift - reach), Math.exp(shift + reach)]
    const { group, name } = row
    return { group, name, ratio, low, high, verdict: verdictOf(ratio, low, high) }
  })
}

/** How much longer it takes, as a logarithm, at the same pace of the machine. */
function shiftOf(old: MicroRow, row: MicroRow): { shift: number; error: number; degrees: number } {
  const sides = [old, row].map(({ rounds, paces }) => {
    const [times, at] = [rounds.map(Math.log), paces.map(Math.log)]
    return { count: times.length, time: mean(times), times: centred(times), pace: mean(at), paces: centred(at) }
  })
  const [was, is] = [sides[0]!, sides[1]!]
  const [times, paces] = [
    [...was.times, ...is.times],
    [...was.paces, ...is.paces],
  ]
  const spread = product(paces, paces)
  const steady = spread < PACE_STEADY
  const slope = steady ? 0 : product(paces, times) / spread
  const degrees = times.length - (steady ? 2 : 3)
  const left = Math.max(0, product(times, times) - slope * product(paces, times))
  const apart = is.pace - was.pace
  const weight = 1 / was.count + 1 / is.count + (steady ? 0 : apart ** 2 / spread)
  return { shift: is.time - was.time - slope * apart, error: Math.sqrt((left / degrees) * weight), degrees }
}

function verdictOf(ratio: number, low: number, high: number): BaselineRow['verdict'] {
  if (low > 1 && ratio > SLOWER_RATIO) return 'slower'
  return high < 1 && ratio < 1 / SLOWER_RATIO ? 'faster' : 'same'
}

const keyOf = ({ group, name }: { group: string; name: string }): string => `${group}\n${name}`
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

function centred(values: readonly number[]): number[] {
  const middle = mean(values)
  return values.map(value => value - middle)
}

const product = (some: readonly number[], others: readonly number[]): number =>
  some.reduce((sum, value, at) => sum + value * others[at]!, 0)

/** Rows of a kept result: its `result.json`, or the folder of it. Throws a UsageError when there are none. */
export function readBaseline(path: string): readonly MicroRow[] {
  try {
    const file = statSync(path).isDirectory() ? join(path, 'result.json') : path
    const { benchmark, rows } = JSON.parse(readFileSync(file, 'utf8')) as { benchmark?: string; rows?: MicroRow[] }
    if (benchmark !== 'micro' || !Array.isArray(rows)) throw new Error('it is of another benchmark')
    if (rows.some(row => !Array.isArray(row.rounds) || !Array.isArray(row.paces)))
      throw new Error('it does not hold the rounds of its rows, or their paces')
    return rows
  } catch (error) {
    throw new UsageError(`--baseline ${path}: ${(error as Error).message}`)
  }
}

/** Every row, those that are flagged marked; then a sentence. */
export function formatBaseline(rows: readonly BaselineRow[]): string {
  const table = formatTable(
    [
      { title: 'group' },
      { title: 'case' },
      { title: 'times baseline', align: 'right' },
      { title: 'interval', align: 'right' },
      { title: '' },
    ],
    rows.map(row => [
      row.group,
      row.name,
      formatFixed(row.ratio, 3),
      `${formatFixed(row.low, 3)}..${formatFixed(row.high, 3)}`,
      row.verdict === 'same' ? '' : row.verdict.toUpperCase(),
    ]),
  )
  const count = (verdict: BaselineRow['verdict']): number => rows.filter(row => row.verdict === verdict).length
  return `${table}\n\n${count('slower')} slower, ${count('faster')} faster, of ${rows.length} rows (95 % for all rows together)`
}
