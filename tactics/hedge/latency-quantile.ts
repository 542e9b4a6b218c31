const BUCKETS_PER_DOUBLING = 8
const LEAST_MS = 0.05
/** 0.05 ms to 3.5 minutes. */
const BUCKETS = 22 * BUCKETS_PER_DOUBLING + 1
const HALF_LIFE_MS = 60_000
const REFRESH_MS = 1000
/** A bucket that weighs less is empty. */
const WEIGHT_MIN = 0.001

/**
 * A quantile of the latencies of the last minutes, in constant memory: a histogram whose buckets grow by 2^(1/8), so the
 * answer is at most 9 % too high, and whose counts halve every minute, so that the past fades with time and not with traffic.
 * (P², by Jain and Chlamtac 1985, needs less memory but does not forget.)
 */
export class LatencyQuantile {
  readonly #quantile: number
  readonly #minSamples: number
  readonly #weights = new Float64Array(BUCKETS)
  #total = 0
  #valueMs: number | undefined = undefined
  #refreshedAtMs = 0

  /** `quantile` from 0 to 1; there is no answer before `minSamples` latencies. */
  constructor(quantile: number, minSamples: number) {
    this.#quantile = quantile
    this.#minSamples = minSamples
  }

  /** Takes in a latency. */
  record(latencyMs: number, nowMs: number): void {
    this.#fade(nowMs)
    this.#weights[bucketOf(latencyMs)]! += 1
    this.#total += 1
    if (this.#valueMs === undefined && this.#total >= this.#minSamples) this.#refresh()
  }

  /** The quantile in milliseconds, at most a second old; `undefined` as long as too little has been seen lately. */
  valueMs(nowMs: number): number | undefined {
    this.#fade(nowMs)
    return this.#valueMs
  }

  #fade(nowMs: number): void {
    const elapsedMs = nowMs - this.#refreshedAtMs
    if (elapsedMs < REFRESH_MS) return
    this.#refreshedAtMs = nowMs
    const keep = 0.5 ** (elapsedMs / HALF_LIFE_MS)
    let total = 0
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const weight = this.#weights[bucket]! * keep
      this.#weights[bucket] = weight < WEIGHT_MIN ? 0 : weight
      total += this.#weights[bucket]!
    }
    this.#total = total
    this.#refresh()
  }

  #refresh(): void {
    this.#valueMs = undefined
    if (this.#total < this.#minSamples) return
    let rest = this.#quantile * this.#total
    let bucket = 0
    for (; bucket < BUCKETS - 1; bucket++) {
      rest -= this.#weights[bucket]!
      if (rest <= 1e-9) break
    }
    this.#valueMs = upperBoundMs(bucket)
  }
}

/** Bucket b holds what is longer than the upper bound of b - 1 and no longer than its own. */
function bucketOf(latencyMs: number): number {
  const bucket = Math.ceil(Math.log2(latencyMs / LEAST_MS) * BUCKETS_PER_DOUBLING - 1e-9)
  return Math.max(0, Math.min(BUCKETS - 1, bucket))
}

function upperBoundMs(bucket: number): number {
  return LEAST_MS * 2 ** (bucket / BUCKETS_PER_DOUBLING)
}
