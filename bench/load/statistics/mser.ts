const BATCH = 5

/**
 * How many values at the beginning to leave out so that the mean of the rest is known best: MSER-5 (K. P. White, Simulation
 * 69, 1997; K. P. White, M. J. Cobb and S. C. Spratt, Winter Simulation Conference 2000). Of the batches of five values it
 * leaves out those that make the squared standard error of the mean of the others least. `null` when that would be half of
 * them or more, which means that the values never settle; also for fewer than 20 values.
 */
export function mser5(values: ArrayLike<number>): number | null {
  const batches = Math.floor(values.length / BATCH)
  if (batches < 4) return null
  let best = 0
  let least = Number.POSITIVE_INFINITY
  // From the end on, with the moments of all later batches (B. P. Welford, Technometrics 4(3), 1962).
  let [count, middle, squares] = [0, 0, 0]
  for (let left = batches - 1; left >= 0; left--) {
    const value = batchMean(values, left)
    const deviation = value - middle
    count += 1
    middle += deviation / count
    squares += deviation * (value - middle)
    const error = squares / count ** 2
    if (left <= batches / 2 && error <= least) [best, least] = [left, error]
  }
  return best >= batches / 2 ? null : best * BATCH
}

/** From the beginning on: what does not fill a batch is left out at the end. */
function batchMean(values: ArrayLike<number>, batch: number): number {
  let sum = 0
  for (let at = batch * BATCH; at < (batch + 1) * BATCH; at++) sum += values[at]!
  return sum / BATCH
}
