import { studentQuantile } from '../compare/statistics/student-t.ts'
import { mser5 } from '../load/statistics/mser.ts'
import type { Estimate } from './result.ts'

export const CONFIDENCE = 0.95
const BATCHES = 32
const BATCHES_MIN = 8
/** Values of a batch, at least. */
const BATCH_MIN = 10

/** What is estimated, and from which values in the order of time. */
export interface Measure extends Pick<Estimate, 'measure' | 'request' | 'unit'> {
  /** Of a stretch of the values; reorders none. */
  read(values: Float64Array): number
}

/**
 * A measure of one run and its confidence interval: the beginning is left out as far as MSER-5 says (on this very series), the
 * rest is cut into batches of equal length, and Student's t is used on what they give (A. M. Law, Simulation Modeling and
 * Analysis, §9.5.3). Neighbouring batches of a busy queue are still alike when the run is short; then two become one until
 * they are not, 8 at least. No interval where fewer than 8 batches of 10 values would be left, or where the values never settle.
 */
export function withinRun(measure: Measure, values: Float64Array): Estimate {
  const { read, ...what } = measure
  const cut = mser5(values)
  const rest = values.subarray(cut ?? 0)
  const common = { ...what, value: read(rest), confidence: CONFIDENCE, method: 'batch means' as const, cut: cut ?? 0 }
  const none = { ...common, interval: null, samples: 0 }
  if (cut === null) return none
  for (let batches = BATCHES; batches >= BATCHES_MIN; batches /= 2) {
    const size = Math.floor(rest.length / batches)
    if (size < BATCH_MIN) continue
    const figures = Array.from({ length: batches }, (_, at) => read(rest.subarray(at * size, (at + 1) * size)))
    if (batches > BATCHES_MIN && areAlike(figures)) continue
    return { ...common, interval: interval(figures, common.value), samples: batches }
  }
  return none
}

/** A measure over replications: they are independent of each other, so each one's figure is a sample. */
export function overReplications(runs: readonly Estimate[]): Estimate {
  const [first] = runs
  const figures = runs.map(({ value }) => value)
  const value = mean(figures)
  const cut = Math.max(...runs.map(run => run.cut))
  return {
    ...first!,
    value,
    interval: interval(figures, value),
    method: 'replications',
    samples: runs.length,
    cut,
  }
}

function interval(figures: readonly number[], middle: number): { low: number; high: number } | null {
  const { length } = figures
  if (length < 2) return null
  const center = mean(figures)
  const variance = figures.reduce((sum, one) => sum + (one - center) ** 2, 0) / (length - 1)
  const half = studentQuantile((1 + CONFIDENCE) / 2, length - 1) * Math.sqrt(variance / length)
  return { low: middle - half, high: middle + half }
}

/** One-sided 5 % point of the standard normal distribution. */
const NORMAL_95 = 1.645

/**
 * Whether neighbours are more alike than independent values would be, by J. von Neumann's ratio of squared differences (Ann.
 * Math. Statist. 12(4), 1941) at the 5 % level; it is about normal with variance (n - 2) / (n² - 1).
 */
function areAlike(figures: readonly number[]): boolean {
  const { length } = figures
  const center = mean(figures)
  const squares = figures.reduce((sum, one) => sum + (one - center) ** 2, 0)
  if (squares === 0) return false
  const differences = figures.slice(1).reduce((sum, one, at) => sum + (one - figures[at]!) ** 2, 0)
  return 1 - differences / (2 * squares) > NORMAL_95 * Math.sqrt((length - 2) / (length ** 2 - 1))
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** The mean of values. */
export function meanOfValues(values: Float64Array): number {
  let sum = 0
  for (let at = 0; at < values.length; at++) sum += values[at]!
  return sum / values.length
}

/** The smallest value that a share of all does not exceed: nearest rank. */
export function quantileOfValues(ratio: number): (values: Float64Array) => number {
  return values => {
    const sorted = values.slice().sort()
    return sorted[Math.max(0, Math.ceil(ratio * sorted.length - 1e-9) - 1)]!
  }
}
