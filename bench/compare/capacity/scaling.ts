import { fitUsl, type UslFit } from '../../model/solvers/usl.ts'

/** What a system of one size can do. */
export interface ScalePoint {
  /** Users or replicas. */
  readonly n: number
  /** Replies per second: the median over runs. */
  readonly perSecond: number
  readonly runs: readonly number[]
}

/** A curve through the points, and what it says. */
export interface Scaling {
  readonly points: readonly ScalePoint[]
  /** `null` below three sizes. */
  readonly fit: UslFit | null
}

/** Points from which on there is more than a curve through all of them. */
const POINTS_MIN = 3

/** Fits the Universal Scalability Law (N. J. Gunther) to measured points. */
export function scalingOf(points: readonly ScalePoint[]): Scaling {
  const sound = points.filter(({ perSecond }) => perSecond > 0)
  const sizes = new Set(sound.map(({ n }) => n))
  if (sizes.size < POINTS_MIN) return { points, fit: null }
  return { points, fit: fitUsl(sound.map(({ n, perSecond }) => ({ n, throughput: perSecond }))) }
}
