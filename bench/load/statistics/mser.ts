import { batchMeans } from './batch-means.ts'
import { mean } from './mean.ts'

const BATCH = 5

/**
 * How many values at the beginning to leave out so that the mean of the rest is known best: MSER-5 (K. P. White, Simulation
 * 69, 1997; K. P. White, M. J. Cobb and S. C. Spratt, Winter Simulation Conference 2000). Of the batches of five values it
 * leaves out those that make the squared standard error of the mean of the others least. `null` when that would be half of
 * them or more, which means that the values never settle; also for fewer than 20 values.
 */
export function mser5(values: readonly number[]): number | null {
  const batches = Math.floor(values.length / BATCH)
  if (batches < 4) return null
  // From the beginning on: what does not fill a batch is left out at the end.
  const means = batchMeans(values.slice(0, batches * BATCH), batches) as number[]
  let best = 0
  let least = Number.POSITIVE_INFINITY
  for (let left = 0; left <= batches / 2; left++) {
    const error = squaredError(means.slice(left))
    if (error < least) [best, least] = [left, error]
  }
  return best >= batches / 2 ? null : best * BATCH
}

/** Sum of squares about the mean, over the square of the number. */
function squaredError(values: readonly number[]): number {
  const middle = mean(values)
  return values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / values.length ** 2
}
