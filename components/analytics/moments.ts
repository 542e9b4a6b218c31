/**
 * Count, mean, standard deviation and extremes of numbers that are seen once and forgotten (Welford, Technometrics 4,
 * 1962): exact up to rounding, also where the numbers are large and close together.
 */
export class Moments {
  count = 0
  min = Number.POSITIVE_INFINITY
  max = Number.NEGATIVE_INFINITY
  #mean = 0
  #squares = 0

  /** Takes a finite number. */
  add(value: number): void {
    this.count += 1
    const offMean = value - this.#mean
    this.#mean += offMean / this.count
    this.#squares += offMean * (value - this.#mean)
    if (value < this.min) this.min = value
    if (value > this.max) this.max = value
  }

  /** Arithmetic mean; 0 when there is nothing. */
  get mean(): number {
    return this.#mean
  }

  /** Of a sample (n - 1); `null` for fewer than two numbers. */
  get standardDeviation(): number | null {
    return this.count < 2 ? null : Math.sqrt(this.#squares / (this.count - 1))
  }
}
