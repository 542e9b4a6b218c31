import { studentQuantile } from '../compare/statistics/student-t.ts'
import { line } from '../support/statistics.ts'

const CONFIDENCE = 0.95

/** What one more unit costs. */
export interface Slope {
  /** Mean of the rounds' slopes. */
  readonly value: number
  /** 95 % confidence interval; NaN with fewer than two rounds. */
  readonly low: number
  readonly high: number
  readonly rounds: number
}

/**
 * Slope of `y` over `x` by least squares in each round, then their mean with Student's t over the rounds. A round is the
 * replicate: what bends the curve is the same in all rounds and widens no interval, what disturbs the machine for a while
 * does. `rounds[r][i]` is the y at `x[i]`; a round in which one is not finite is left out.
 */
export function slopeOverRounds(x: readonly number[], rounds: readonly (readonly number[])[]): Slope {
  const slopes = rounds
    .filter(ys => ys.length === x.length && ys.every(Number.isFinite))
    .map(ys => line(x.map((at, index) => ({ x: at, y: ys[index]! }))).slope)
  const count = slopes.length
  const value = slopes.reduce((sum, slope) => sum + slope, 0) / count
  const variance = slopes.reduce((sum, slope) => sum + (slope - value) ** 2, 0) / (count - 1)
  const reach = count < 2 ? Number.NaN : studentQuantile((1 + CONFIDENCE) / 2, count - 1) * Math.sqrt(variance / count)
  return { value, low: value - reach, high: value + reach, rounds: count }
}
