import { median } from '../../support/statistics.ts'

/** A trend in values that follow one another at equal distances. */
export interface Trend {
  /** Pairs in which the later value is greater, less those in which it is smaller. */
  readonly s: number
  /** How often values without any trend, in random order, would show an `s` of this size or more, either way: 0..1. */
  readonly pValue: number
  /** Change from one value to the next: the median over all pairs, which single outliers do not move. */
  readonly slope: number
}

/**
 * Test for a trend of any shape (H. B. Mann, Econometrica 13, 1945; M. Kendall, Rank Correlation Methods) with its exact
 * distribution, and the slope of P. K. Sen (JASA 63, 1968). Values must be independent but for the trend. Equal values make
 * `s` smaller, so the chance given is then too great, never too small. For a few dozens of values.
 */
export function mannKendall(values: readonly number[]): Trend {
  const slopes: number[] = []
  let s = 0
  for (let later = 1; later < values.length; later++) {
    for (let earlier = 0; earlier < later; earlier++) {
      const rise = values[later]! - values[earlier]!
      s += Math.sign(rise)
      slopes.push(rise / (later - earlier))
    }
  }
  return { s, pValue: chanceOf(s, values.length), slope: slopes.length === 0 ? 0 : median(slopes) }
}

/** Of all orders of `count` different values, the share whose |s| is at least so great. */
function chanceOf(s: number, count: number): number {
  const pairs = (count * (count - 1)) / 2
  const chances = inversionChances(count)
  let sum = 0
  for (const [inversions, chance] of chances.entries()) {
    if (Math.abs(pairs - 2 * inversions) >= Math.abs(s)) sum += chance
  }
  return Math.min(1, sum)
}

/**
 * Chances that a random order has 0, 1, 2 ... pairs in the wrong order: the k-th value, put in its place among those before
 * it, adds 0 to k - 1 of them with equal chance.
 */
function inversionChances(count: number): number[] {
  let chances = [1]
  for (let placed = 2; placed <= count; placed++) {
    const next: number[] = new Array(chances.length + placed - 1).fill(0)
    for (const [inversions, chance] of chances.entries()) {
      for (let added = 0; added < placed; added++) next[inversions + added]! += chance / placed
    }
    chances = next
  }
  return chances
}
