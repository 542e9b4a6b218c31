/** What the last calls came to. The numbers hold for the time of the last `record`. */
export interface CallWindow {
  readonly calls: number
  readonly failures: number
  readonly slow: number
  /** Takes one call in, and lets those go that are too old or too many. */
  record(failed: boolean, slow: boolean, nowMs: number): void
  /** Forgets all. */
  clear(): void
}

const BUCKETS = 10

/**
 * The calls of the last `windowMs`, in 10 buckets of equal length of which the oldest is dropped whole: a call counts for at
 * least nine tenths of the window and never longer than it.
 */
export class TimeWindow implements CallWindow {
  calls = 0
  failures = 0
  slow = 0
  readonly #bucketMs: number
  readonly #calls = new Float64Array(BUCKETS)
  readonly #failures = new Float64Array(BUCKETS)
  readonly #slow = new Float64Array(BUCKETS)
  /** Number of the newest bucket, counted from time 0. */
  #newest = 0

  constructor(windowMs: number) {
    this.#bucketMs = windowMs / BUCKETS
  }

  record(failed: boolean, slow: boolean, nowMs: number): void {
    const bucket = Math.floor(nowMs / this.#bucketMs)
    if (bucket > this.#newest) this.#advance(bucket)
    const at = this.#newest % BUCKETS
    this.#calls[at]! += 1
    this.calls += 1
    if (failed) {
      this.#failures[at]! += 1
      this.failures += 1
    }
    if (slow) {
      this.#slow[at]! += 1
      this.slow += 1
    }
  }

  clear(): void {
    this.calls = 0
    this.failures = 0
    this.slow = 0
    for (const numbers of [this.#calls, this.#failures, this.#slow]) numbers.fill(0)
  }

  #advance(bucket: number): void {
    const steps = Math.min(BUCKETS, bucket - this.#newest)
    for (let step = 1; step <= steps; step++) {
      const at = (this.#newest + step) % BUCKETS
      this.calls -= this.#calls[at]!
      this.failures -= this.#failures[at]!
      this.slow -= this.#slow[at]!
      this.#calls[at] = 0
      this.#failures[at] = 0
      this.#slow[at] = 0
    }
    this.#newest = bucket
  }
}

const FAILED = 1
const SLOW = 2

/** The last `callsMax` calls, as far as they lie in the last `windowMs`. */
export class CountWindow implements CallWindow {
  calls = 0
  failures = 0
  slow = 0
  readonly #windowMs: number
  readonly #outcomes: Uint8Array
  readonly #timesMs: Float64Array
  /** Place of the oldest call. */
  #oldest = 0

  constructor(callsMax: number, windowMs: number) {
    this.#windowMs = windowMs
    this.#outcomes = new Uint8Array(callsMax)
    this.#timesMs = new Float64Array(callsMax)
  }

  record(failed: boolean, slow: boolean, nowMs: number): void {
    const places = this.#outcomes.length
    while (this.calls > 0 && (this.calls === places || this.#timesMs[this.#oldest]! <= nowMs - this.#windowMs)) {
      this.#dropOldest()
    }
    const at = (this.#oldest + this.calls) % places
    this.#outcomes[at] = (failed ? FAILED : 0) | (slow ? SLOW : 0)
    this.#timesMs[at] = nowMs
    this.calls += 1
    if (failed) this.failures += 1
    if (slow) this.slow += 1
  }

  clear(): void {
    this.calls = 0
    this.failures = 0
    this.slow = 0
  }

  #dropOldest(): void {
    const outcome = this.#outcomes[this.#oldest]!
    this.#oldest = (this.#oldest + 1) % this.#outcomes.length
    this.calls -= 1
    if (outcome & FAILED) this.failures -= 1
    if (outcome & SLOW) this.slow -= 1
  }
}

/** Failures without a success between them, as far as they lie in the last `windowMs`. */
export class FailureRun {
  readonly #windowMs: number
  readonly #timesMs: Float64Array
  /** Failures since the last success; those beyond the longest run of interest overwrite the oldest. */
  #length = 0

  /** `longest` is the run of interest, at least 1. */
  constructor(longest: number, windowMs: number) {
    this.#windowMs = windowMs
    this.#timesMs = new Float64Array(longest)
  }

  /** True when the run is now as long as the run of interest. */
  record(failed: boolean, nowMs: number): boolean {
    if (!failed) {
      this.#length = 0
      return false
    }
    const longest = this.#timesMs.length
    this.#timesMs[this.#length % longest] = nowMs
    this.#length += 1
    return this.#length >= longest && this.#timesMs[this.#length % longest]! > nowMs - this.#windowMs
  }

  clear(): void {
    this.#length = 0
  }
}
