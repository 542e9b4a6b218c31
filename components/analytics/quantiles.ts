/** Where numbers are gathered, to be asked for quantiles. */
export interface Quantiles {
  /** Takes a finite number. */
  add(value: number): void
  /** Quantiles by nearest rank: the smallest number that at least the share `ratio` of all is not above. */
  at(ratios: readonly number[]): number[]
}

/** The number, counting from 1, that is the quantile of `count` numbers. */
const rankOf = (ratio: number, count: number): number => Math.max(1, Math.ceil(ratio * count))

/** Exact: keeps every number. */
export class ExactQuantiles implements Quantiles {
  readonly #values: number[] = []

  add(value: number): void {
    this.#values.push(value)
  }

  at(ratios: readonly number[]): number[] {
    const sorted = Float64Array.from(this.#values).sort()
    return ratios.map(ratio => sorted[rankOf(ratio, sorted.length) - 1] ?? Number.NaN)
  }
}

/** Largest error of a quantile of `QuantileSketch`, as a share of the quantile. */
export const RELATIVE_ERROR = 0.01

const GROWTH = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR)
const LOG_GROWTH = Math.log(GROWTH)
/** Smaller magnitudes count as zero: below it numbers lose digits themselves. */
const MAGNITUDE_MIN = 2 ** -1022

/**
 * Quantiles in bounded memory (DDSketch: Masson, Rim and Lee, VLDB 2019): a bucket holds the numbers between two powers of
 * 1.02, so what is read back is within 1 % of a number that was there. Beyond `BUCKETS_MAX` buckets of one sign those of
 * the smallest magnitudes become one: the promise holds for numbers within fifteen decades of the largest of their sign.
 */
export class QuantileSketch implements Quantiles {
  readonly #below = new Buckets()
  readonly #above = new Buckets()
  #zeros = 0

  add(value: number): void {
    if (Math.abs(value) < MAGNITUDE_MIN) this.#zeros += 1
    else if (value > 0) this.#above.add(value)
    else this.#below.add(-value)
  }

  at(ratios: readonly number[]): number[] {
    const steps: [value: number, count: number][] = [
      ...this.#below
        .sorted()
        .map(([magnitude, count]): [number, number] => [-magnitude, count])
        .reverse(),
      [0, this.#zeros],
      ...this.#above.sorted(),
    ]
    const total = steps.reduce((sum, [, count]) => sum + count, 0)
    return ratios.map(ratio => {
      const rank = rankOf(ratio, total)
      let seen = 0
      for (const [value, count] of steps) {
        seen += count
        if (seen >= rank && count > 0) return value
      }
      return Number.NaN
    })
  }
}

/** Buckets of one sign at most. */
export const BUCKETS_MAX = 2048
/** So many stay when there were too many: a few at a time, since each time costs a sort. 1.02 ** 1792 is over 10 ** 15. */
const BUCKETS_KEPT = 1792

/** Counts of magnitudes by their logarithm. */
class Buckets {
  readonly #counts = new Map<number, number>()
  /** Buckets below this one have been merged into it. */
  #floor = Number.NEGATIVE_INFINITY

  add(magnitude: number): void {
    const index = Math.max(this.#floor, Math.ceil(Math.log(magnitude) / LOG_GROWTH))
    this.#counts.set(index, (this.#counts.get(index) ?? 0) + 1)
    if (this.#counts.size > BUCKETS_MAX) this.#collapse()
  }

  /** Value in the middle of each bucket, in the sense of relative error, and its count; smallest first. */
  sorted(): [magnitude: number, count: number][] {
    const indexes = [...this.#counts.keys()].sort((a, b) => a - b)
    return indexes.map(index => [(2 * GROWTH ** index) / (1 + GROWTH), this.#counts.get(index)!])
  }

  /** Makes one bucket of the lowest. */
  #collapse(): void {
    const indexes = [...this.#counts.keys()].sort((a, b) => a - b)
    const lowest = indexes.splice(0, indexes.length - BUCKETS_KEPT)
    const floor = indexes[0]!
    let merged = this.#counts.get(floor)!
    for (const index of lowest) {
      merged += this.#counts.get(index)!
      this.#counts.delete(index)
    }
    this.#counts.set(floor, merged)
    this.#floor = floor
  }
}
