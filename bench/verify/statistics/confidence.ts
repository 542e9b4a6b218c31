import { studentQuantile } from '../../compare/statistics/student-t.ts'
import { batchMeans } from '../../load/statistics/batch-means.ts'
import { mean } from '../../load/statistics/mean.ts'
import type { Interval } from '../result.ts'
import { binomialQuantile } from './binomial.ts'

/** Two-sided. */
export const CONFIDENCE = 0.95
const TAIL = (1 - CONFIDENCE) / 2
/** Quantile of the normal distribution at 97.5 %. */
export const Z = 1.959964

/** Batches of a run, each of at least so many values; where that is not to be had, values are taken as independent. */
const BATCHES_MAX = 20
const BATCHES_MIN = 5
const BATCH_SIZE_MIN = 10

/**
 * Into how many batches a run is cut. Replies that follow one another resemble each other; means of long batches hardly do
 * (A. M. Law, Simulation Modeling and Analysis, ch. 9; B. Schmeiser, Operations Research 30, 1982, for 10 to 30 batches).
 */
export function batchesOf(count: number): number {
  const batches = Math.min(BATCHES_MAX, Math.floor(count / BATCH_SIZE_MIN))
  return batches < BATCHES_MIN ? count : batches
}

/** Interval of the mean of values in order of time, by batch means with Student's t; `null` for fewer than two. */
export function meanInterval(values: readonly number[], batches = batchesOf(values.length)): Interval | null {
  if (values.length < 2 || batches < 2) return null
  const means = batchMeans(values, batches) as number[]
  const half = studentQuantile(1 - TAIL, batches - 1) * Math.sqrt(varianceOf(means) / batches)
  const middle = mean(values)
  return { low: middle - half, high: middle + half }
}

/**
 * How many independent values know as much about a share as these, in order of time: the variance of independent ones over
 * that which the batches show, and less still for what so few batches know of a variance (Student's t for the normal).
 */
export function effectiveSize(isIn: readonly boolean[]): number {
  const count = isIn.length
  const values = isIn.map(Number)
  const share = mean(values)
  if (count < 2 || share === 0 || share === 1) return count
  const batches = batchesOf(count)
  const variance = varianceOf(batchMeans(values, batches) as number[]) / batches
  const independent = (share * (1 - share)) / count
  const caution = (Z / studentQuantile(1 - TAIL, batches - 1)) ** 2
  return Math.max(1, count * Math.min(1, independent / variance) * caution)
}

/** Interval of a share by the score method (E. B. Wilson, JASA 22, 1927), on the effective number of values. */
export function shareInterval(isIn: readonly boolean[]): Interval | null {
  if (isIn.length === 0) return null
  const share = mean(isIn.map(Number))
  const size = effectiveSize(isIn)
  const centre = (share + Z ** 2 / (2 * size)) / (1 + Z ** 2 / size)
  const half = (Z / (1 + Z ** 2 / size)) * Math.sqrt((share * (1 - share)) / size + Z ** 2 / (4 * size ** 2))
  // Rounding must not leave out what was seen.
  return { low: Math.max(0, Math.min(share, centre - half)), high: Math.min(1, Math.max(share, centre + half)) }
}

/**
 * Interval of a quantile: the values whose ranks bound it (W. J. Conover, Practical Nonparametric Statistics, ch. 3), on the
 * effective number of values, which is that of the share of values up to the quantile. `null` at an end that lies beyond the
 * least or the greatest value. `values` are in order of time, `sorted` are the same by size.
 */
export function quantileInterval(values: readonly number[], sorted: readonly number[], ratio: number): Interval | null {
  const count = values.length
  if (count < 2) return null
  const quantile = nearestRank(sorted, ratio)
  const size = Math.max(1, Math.floor(effectiveSize(values.map(value => value <= quantile))))
  const below = binomialQuantile(size, ratio, TAIL)
  const above = binomialQuantile(size, ratio, 1 - TAIL) + 1
  const rank = (share: number): number => Math.min(count, Math.max(1, Math.ceil(share * count))) - 1
  return {
    low: below < 1 ? null : Math.min(quantile, sorted[rank(below / size)]!),
    high: above > size ? null : Math.max(quantile, sorted[rank(above / size)]!),
  }
}

/** The smallest value that `ratio` of all do not exceed. Not for none. */
export const nearestRank = (sorted: readonly number[], ratio: number): number =>
  sorted[Math.max(1, Math.ceil(ratio * sorted.length - 1e-9)) - 1]!

/** Of a sample. */
function varianceOf(values: readonly number[]): number {
  const middle = mean(values)
  return values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1)
}

/** A station is never taken as busier than this: the formula has a pole. */
const BUSY_MAX = 0.99

/**
 * How many requests it takes to know a mean time to a relative precision: (z/δ)²·((1+ρ)/(1-ρ))², where the busiest station
 * is busy a share ρ of the time (W. Whitt, Management Science 35, 1989, for M/M/1; the first factor alone would be right for
 * independent values).
 */
export function requestsFor(precision: number, busyRatio: number): number {
  const busy = Math.min(BUSY_MAX, Math.max(0, busyRatio))
  return Math.ceil((Z / precision) ** 2 * ((1 + busy) / (1 - busy)) ** 2)
}
