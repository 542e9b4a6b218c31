const BUCKETS = 10
const BUCKET_MS = 1000

/** How far back a budget looks. */
export const BUDGET_WINDOW_MS = BUCKETS * BUCKET_MS

/**
 * Bounds extra calls to a share of the first ones: in the last ten seconds no more than `ratio` × first calls + `floor`.
 * The floor lets a lone request be repeated; the share bounds what a target that fails has to bear in addition. Both
 * expire with time, so a quiet hour saves up nothing for a storm.
 *
 * The retry budget of Finagle (com.twitter.finagle.service.RetryBudget: ttl, minRetriesPerSec, percentCanRetry) with
 * counts in place of tokens; Envoy's retry_budget (budget_percent 20, min_retry_concurrency 3) has the same two numbers.
 */
export class Budget {
  readonly #ratio: number
  readonly #floor: number
  readonly #firsts = new Float64Array(BUCKETS)
  readonly #extras = new Float64Array(BUCKETS)
  #first = 0
  #extra = 0
  #bucket = -1

  /** `ratio` is extra calls per first call, Infinity for no bound; `floor` is extra calls per ten seconds. */
  constructor(ratio: number, floor: number) {
    this.#ratio = ratio
    this.#floor = floor
  }

  /** A first call is made. */
  earn(nowMs: number): void {
    this.#turn(nowMs)
    this.#firsts[this.#bucket % BUCKETS]! += 1
    this.#first += 1
  }

  /** Takes one extra call; false when there is none. */
  spend(nowMs: number): boolean {
    this.#turn(nowMs)
    if (!this.#affords()) return false
    this.#extras[this.#bucket % BUCKETS]! += 1
    this.#extra += 1
    return true
  }

  /** Nothing is refused. */
  get unlimited(): boolean {
    return this.#ratio === Number.POSITIVE_INFINITY
  }

  #affords(): boolean {
    if (this.unlimited) return true
    // Whole numbers, but for the one product: 0.2 × 35 is a hair less than 7.
    return this.#extra + 1 <= this.#ratio * this.#first + this.#floor + 1e-9
  }

  /** Forgets the buckets that have left the window. A time that lies back counts as now. */
  #turn(nowMs: number): void {
    const bucket = Math.floor(nowMs / BUCKET_MS)
    if (bucket <= this.#bucket) return
    const first = Math.max(this.#bucket + 1, bucket - BUCKETS + 1, 0)
    for (let left = first; left <= bucket; left++) {
      const place = left % BUCKETS
      this.#first -= this.#firsts[place]!
      this.#extra -= this.#extras[place]!
      this.#firsts[place] = 0
      this.#extras[place] = 0
    }
    this.#bucket = bucket
  }
}
