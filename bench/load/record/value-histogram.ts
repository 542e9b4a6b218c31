/** Buckets per power of two. */
const STEPS = 128
const STEP_BITS = 7
/** Values are clamped below 2^34 µs, almost five hours. */
const TOP_EXPONENT = 34
const LARGEST_US = 2 ** TOP_EXPONENT - 1
const SLOTS = STEPS + (TOP_EXPONENT - STEP_BITS) * STEPS

/** Relative difference of a value that is read back from the one recorded, at most. */
export const RELATIVE_ERROR = 1 / (2 * STEPS)

/**
 * Counts values in log-linear buckets (the scheme of HdrHistogram, G. Tene): constant memory, 14 kB, whatever is recorded.
 * Values are milliseconds of 1 µs upwards; they are read back within 0.4 %, the least and the greatest exactly.
 */
export class ValueHistogram {
  /** Memory of its counts. */
  static readonly BYTES = SLOTS * 4

  readonly #counts = new Uint32Array(SLOTS)
  #count = 0
  #sum = 0
  #min = Number.POSITIVE_INFINITY
  #max = Number.NEGATIVE_INFINITY

  get count(): number {
    return this.#count
  }

  /** `null` when nothing was recorded; so are the others. */
  get mean(): number | null {
    return this.#count === 0 ? null : this.#sum / this.#count
  }

  get min(): number | null {
    return this.#count === 0 ? null : this.#min
  }

  get max(): number | null {
    return this.#count === 0 ? null : this.#max
  }

  get sum(): number {
    return this.#sum
  }

  record(valueMs: number): void {
    const value = valueMs > 0 ? valueMs : 0
    const slot = slotOf(value * 1000)
    this.#counts[slot] = this.#counts[slot]! + 1
    this.#count += 1
    this.#sum += value
    if (value < this.#min) this.#min = value
    if (value > this.#max) this.#max = value
  }

  /** Takes over what another one has recorded. */
  add(other: ValueHistogram): void {
    for (let slot = 0; slot < SLOTS; slot++) this.#counts[slot] = this.#counts[slot]! + other.#counts[slot]!
    this.#count += other.#count
    this.#sum += other.#sum
    this.#min = Math.min(this.#min, other.#min)
    this.#max = Math.max(this.#max, other.#max)
  }

  /** Forgets everything. */
  clear(): void {
    this.#counts.fill(0)
    this.#count = 0
    this.#sum = 0
    this.#min = Number.POSITIVE_INFINITY
    this.#max = Number.NEGATIVE_INFINITY
  }

  /** The smallest recorded value that `ratio` (0..1) of all values do not exceed: nearest rank. */
  quantile(ratio: number): number | null {
    if (this.#count === 0) return null
    const rank = Math.min(this.#count, Math.max(1, Math.ceil(ratio * this.#count - 1e-9)))
    if (rank === this.#count) return this.#max
    let seen = 0
    for (let slot = 0; slot < SLOTS; slot++) {
      seen += this.#counts[slot]!
      if (seen >= rank) return this.#within(middleMs(slot))
    }
    return this.#max
  }

  /** Values with the number of records up to each, in order: one for each bucket that holds something. */
  *steps(): Generator<{ valueMs: number; upTo: number }> {
    let upTo = 0
    for (let slot = 0; slot < SLOTS; slot++) {
      if (this.#counts[slot] === 0) continue
      upTo += this.#counts[slot]!
      yield { valueMs: upTo === this.#count ? this.#max : this.#within(middleMs(slot)), upTo }
    }
  }

  #within(valueMs: number): number {
    return Math.min(this.#max, Math.max(this.#min, valueMs))
  }
}

function slotOf(valueUs: number): number {
  const whole = valueUs > LARGEST_US ? LARGEST_US : Math.floor(valueUs)
  if (whole < STEPS) return whole
  // Beyond 31 bits the whole-number operators do not reach.
  const exponent = whole < 2 ** 31 ? 31 - Math.clz32(whole) : 62 - Math.clz32(Math.floor(whole / 2 ** 31))
  return (exponent - STEP_BITS) * STEPS + Math.floor(whole / 2 ** (exponent - STEP_BITS))
}

function middleMs(slot: number): number {
  if (slot < STEPS) return (slot + 0.5) / 1000
  const exponent = Math.floor((slot - STEPS) / STEPS) + STEP_BITS
  return ((STEPS + ((slot - STEPS) % STEPS) + 0.5) * 2 ** (exponent - STEP_BITS)) / 1000
}
