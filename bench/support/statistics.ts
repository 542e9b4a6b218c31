/** A middle value and how far the rounds spread around it. */
export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

/** The middle value; of an even number of values the mean of the two in the middle. NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  if (sorted.length === 0) return Number.NaN
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** Median, smallest and largest of some values; NaN for none. */
export function spread(values: readonly number[]): Spread {
  if (values.length === 0) return { median: Number.NaN, min: Number.NaN, max: Number.NaN }
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) }
}

/**
 * Ratio of two systems: formed within each round and only then summarised, because what disturbs a machine for a while
 * disturbs neighbours in time alike. Rounds are matched by index; a round that one side lacks (NaN) is left out.
 */
export function ratioByRound(ours: readonly number[], theirs: readonly number[]): Spread {
  const ratios: number[] = []
  for (let round = 0; round < Math.min(ours.length, theirs.length); round++) {
    const ratio = ours[round]! / theirs[round]!
    if (Number.isFinite(ratio)) ratios.push(ratio)
  }
  return spread(ratios)
}

/** Slope and intercept of the least-squares line through the points. NaN when all x are equal. */
export function line(points: readonly { x: number; y: number }[]): { slope: number; intercept: number } {
  const count = points.length
  const meanX = points.reduce((sum, point) => sum + point.x, 0) / count
  const meanY = points.reduce((sum, point) => sum + point.y, 0) / count
  let covariance = 0
  let variance = 0
  for (const { x, y } of points) {
    covariance += (x - meanX) * (y - meanY)
    variance += (x - meanX) ** 2
  }
  const slope = variance === 0 ? Number.NaN : covariance / variance
  return { slope, intercept: meanY - slope * meanX }
}

/** The list turned left by `by` places, so that no system always runs after the same neighbour at the same place. */
export function rotated<T>(values: readonly T[], by: number): T[] {
  if (values.length === 0) return []
  const start = ((by % values.length) + values.length) % values.length
  return [...values.slice(start), ...values.slice(0, start)]
}

/** The smallest value that at least this share of all values does not exceed (nearest rank). NaN for no values. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}
