/** What a limiter admits. */
export interface Limit {
  /** Requests per window, at least 1. */
  readonly max: number
  /** Length of the window in milliseconds, at least 1. */
  readonly perMs: number
  /** token-bucket: the bucket's size. gcra: how many may come at once beyond the first. */
  readonly burst: number
}

/** One limit at work. A `nowMs` older than one seen before (another thread's) never makes it admit more. */
export interface Limiter {
  /** 0 when the request is admitted, which counts it; else the milliseconds (> 0) until one may come again. */
  tryAcquire(nowMs: number): number
  /** How many requests would be admitted now, at once. */
  remaining(nowMs: number): number
  /** Forgets all requests; also what makes zeroed memory ready for use. */
  reset(): void
}
