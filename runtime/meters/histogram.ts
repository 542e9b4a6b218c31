/**
 * Log-linear histogram over shared memory (the bucket scheme of HdrHistogram, G. Tene): values up to 64 µs have a bucket
 * each, then 64 buckets per power of two, so a value read back is within 0.8 % of the recorded one. One writer per
 * region; readers may look at any time.
 */

/** Buckets per power of two. */
const STEPS = 64
const STEP_BITS = 6
/** Values are clamped below 2^31 µs, some 35 minutes. */
const TOP_EXPONENT = 31
const LARGEST_US = 2 ** 31 - 1

/** Slots a histogram takes: its buckets, then the sum of all values. */
export const HISTOGRAM_SLOTS = STEPS + (TOP_EXPONENT - STEP_BITS) * STEPS + 1
const SUM = HISTOGRAM_SLOTS - 1

/** Index of the bucket for a value in microseconds. */
function bucketOf(valueUs: number): number {
  const whole = valueUs > LARGEST_US ? LARGEST_US : valueUs | 0
  if (whole < STEPS) return Math.max(0, whole)
  const exponent = 31 - Math.clz32(whole)
  return (exponent - STEP_BITS) * STEPS + (whole >>> (exponent - STEP_BITS))
}

/** Middle of a bucket, in microseconds. */
function middleUs(bucket: number): number {
  if (bucket < STEPS) return bucket + 0.5
  const exponent = Math.floor((bucket - STEPS) / STEPS) + STEP_BITS
  const step = (bucket - STEPS) % STEPS
  return (STEPS + step + 0.5) * 2 ** (exponent - STEP_BITS)
}

/** Records one latency in milliseconds. */
export function recordMs(slots: Float64Array, valueMs: number): void {
  const valueUs = valueMs * 1000
  const bucket = bucketOf(valueUs)
  slots[bucket] = slots[bucket]! + 1
  slots[SUM] = slots[SUM]! + valueUs
}

/** What a histogram tells; times in milliseconds, `null` when nothing was recorded. */
export interface LatencySummary {
  count: number
  meanMs: number | null
  p50Ms: number | null
  p90Ms: number | null
  p95Ms: number | null
  p99Ms: number | null
  maxMs: number | null
}

/** Adds histograms up, e.g. those of a component's replicas. */
export function mergeHistograms(parts: readonly Float64Array[]): Float64Array {
  const sum = new Float64Array(HISTOGRAM_SLOTS)
  for (const part of parts) for (let at = 0; at < HISTOGRAM_SLOTS; at++) sum[at] = sum[at]! + part[at]!
  return sum
}

/** Percentiles by the nearest-rank definition. */
export function summarize(slots: Float64Array): LatencySummary {
  let count = 0
  let top = -1
  for (let at = 0; at < SUM; at++) {
    if (slots[at]! > 0) top = at
    count += slots[at]!
  }
  if (count === 0) {
    return { count, meanMs: null, p50Ms: null, p90Ms: null, p95Ms: null, p99Ms: null, maxMs: null }
  }
  const at = (ratio: number): number => quantileUs(slots, count, ratio) / 1000
  return {
    count,
    meanMs: slots[SUM]! / count / 1000,
    p50Ms: at(0.5),
    p90Ms: at(0.9),
    p95Ms: at(0.95),
    p99Ms: at(0.99),
    maxMs: middleUs(top) / 1000,
  }
}

/** How many recorded values are at most `limitMs`; exact where the limit is a bucket's edge, else within a bucket. */
export function countUpTo(slots: Float64Array, limitMs: number): number {
  let count = 0
  for (let at = 0; at < SUM; at++) if (middleUs(at) <= limitMs * 1000) count += slots[at]!
  return count
}

/** Sum of all recorded values in milliseconds. */
export const sumMs = (slots: Float64Array): number => slots[SUM]! / 1000

function quantileUs(slots: Float64Array, count: number, ratio: number): number {
  const rank = Math.max(1, Math.ceil(ratio * count))
  let seen = 0
  for (let at = 0; at < SUM; at++) {
    seen += slots[at]!
    if (seen >= rank) return middleUs(at)
  }
  return 0
}
