import { studentQuantile } from './student-t.ts'

/** How sure a planned comparison is to find what is there. */
export const POWER = 0.8

/**
 * A rank test needs π/3 times the runs of Student's t where values are normal (asymptotic relative efficiency 3/π, E. J. G.
 * Pitman; E. L. Lehmann, Nonparametrics, 1975). Where values have heavy tails it needs fewer.
 */
const EFFICIENCY = 3 / Math.PI

/** A pilot's variation is taken at its upper limit of 80 %, since planning with the bare figure falls short: z(0.8). */
const ASSURANCE_Z = 0.8416

/** More runs than these nobody makes; plans end here. */
export const PLANNED_RUNS_MAX = 10_000

/** What a number of runs can show. */
export interface Precision {
  /** Standard deviation of the difference between two runs of a block. */
  readonly deviation: number
  /** Level of a two-sided test. */
  readonly alpha: number
}

/**
 * The smallest shift that `runs` runs of each arm find with a probability of POWER: (t(1-α/2) + t(power)) s/√n, the usual
 * approximation of the noncentral t by a shifted central one.
 */
export function detectableShift(runs: number, { deviation, alpha }: Precision): number {
  if (runs < 2) return Number.POSITIVE_INFINITY
  const reach = studentQuantile(1 - alpha / 2, runs - 1) + studentQuantile(POWER, runs - 1)
  return (reach * deviation) / Math.sqrt(runs * EFFICIENCY)
}

/** Runs of each arm that find a shift of this size; `null` when they are more than PLANNED_RUNS_MAX. */
export function runsToDetect(shift: number, precision: Precision): number | null {
  return fewest(leastRuns(precision.alpha / 2), runs => detectableShift(runs, precision) <= Math.abs(shift))
}

/**
 * Runs of each arm that show, with a probability of POWER, that arms which are `shift` apart lie within `margin` of each other
 * (two one-sided tests at α). Both tests have to succeed: where there is no shift, each may fail half as often.
 */
export function runsToEquate(margin: number, shift: number, { deviation, alpha }: Precision): number | null {
  const room = margin - Math.abs(shift)
  if (room <= 0) return null
  const power = shift === 0 ? (1 + POWER) / 2 : POWER
  const reach = (runs: number): number => studentQuantile(1 - alpha, runs - 1) + studentQuantile(power, runs - 1)
  return fewest(leastRuns(alpha), runs => (reach(runs) * deviation) / Math.sqrt(runs * EFFICIENCY) <= room)
}

/** Fewer runs than these cannot reach a one-sided level whatever they show: all signs are equal once in 2^runs. */
export const leastRuns = (alpha: number): number => Math.max(2, Math.ceil(Math.log2(1 / alpha)))

function fewest(least: number, suffices: (runs: number) => boolean): number | null {
  let high = least
  while (!suffices(high)) {
    if (high >= PLANNED_RUNS_MAX) return null
    high = Math.min(high * 2, PLANNED_RUNS_MAX)
  }
  let low = least
  while (low < high) {
    const middle = (low + high) >> 1
    if (suffices(middle)) high = middle
    else low = middle + 1
  }
  return low
}

/** Sample standard deviation; NaN of fewer than two values. */
export function deviationOf(values: readonly number[]): number {
  if (values.length < 2) return Number.NaN
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return Math.sqrt(squares / (values.length - 1))
}

/**
 * The upper limit of a standard deviation that was estimated from so many values (R. H. Browne, Statistics in Medicine 14,
 * 1995), with the quantile of chi-square by E. B. Wilson and M. M. Hilferty, PNAS 17, 1931.
 */
export function cautiousDeviation(deviation: number, values: number): number {
  const degrees = values - 1
  if (degrees < 1) return Number.POSITIVE_INFINITY
  const spread = 2 / (9 * degrees)
  const chiSquare = degrees * Math.max(1e-3, 1 - spread - ASSURANCE_Z * Math.sqrt(spread)) ** 3
  return deviation * Math.sqrt(degrees / chiSquare)
}
