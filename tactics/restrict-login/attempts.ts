/** When attempts are held up, and for how long. Times in milliseconds. */
export interface Restriction {
  /** Failures in a row before the first wait, at least 1. */
  readonly free: number
  /** The first wait; each further failure doubles it. */
  readonly delayMs: number
  readonly maxDelayMs: number
  /** Without an attempt for so long, failures are forgotten. */
  readonly forgetAfterMs: number
}

/** What came of an attempt; `unknown` when it was not judged. */
export type Outcome = 'succeeded' | 'failed' | 'unknown'

/** How long to wait when only an attempt that is under way stands in the way. */
const UNDER_WAY_MS = 1000

/**
 * Attempts of one account, or from one source. Those under way count as if they had failed: otherwise a thousand at once would
 * all be let in before the first of them is judged. Attempts that are refused change nothing, so that asking again and again does
 * not lengthen the wait of whoever the account belongs to.
 */
export class Attempts {
  readonly #restriction: Restriction
  #failures = 0
  #underWay = 0
  #lockedUntilMs = Number.NEGATIVE_INFINITY
  #latestMs = Number.NEGATIVE_INFINITY

  constructor(restriction: Restriction) {
    this.#restriction = restriction
  }

  /** True when forgetting it would change nothing. */
  get isBlank(): boolean {
    return this.#failures === 0 && this.#underWay === 0
  }

  /** 0 when an attempt may be made now; else the milliseconds (> 0) to wait. */
  waitMs(nowMs: number): number {
    const { free, forgetAfterMs } = this.#restriction
    if (nowMs < this.#lockedUntilMs) return this.#lockedUntilMs - nowMs
    if (this.#underWay === 0 && nowMs - this.#latestMs >= forgetAfterMs) this.#failures = 0
    const isFree = this.#failures + this.#underWay < free
    return isFree || this.#underWay === 0 ? 0 : UNDER_WAY_MS
  }

  /** An attempt is made; `end` has to follow. */
  begin(nowMs: number): void {
    this.#underWay++
    this.#latestMs = Math.max(this.#latestMs, nowMs)
  }

  /** An attempt has come to its end. `forgives` says whether a success clears the failures before it. */
  end(outcome: Outcome, nowMs: number, forgives: boolean): void {
    this.#underWay--
    this.#latestMs = Math.max(this.#latestMs, nowMs)
    if (outcome === 'succeeded' && forgives) this.#failures = 0
    if (outcome !== 'failed') return
    this.#failures++
    const { free, delayMs, maxDelayMs } = this.#restriction
    if (this.#failures < free) return
    const lockMs = Math.min(maxDelayMs, delayMs * 2 ** (this.#failures - free))
    this.#lockedUntilMs = Math.max(this.#lockedUntilMs, nowMs + lockMs)
  }
}
