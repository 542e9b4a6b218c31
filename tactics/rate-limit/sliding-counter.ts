import type { Limit, Limiter } from './limiter.ts'

const WINDOW = 0
const CURRENT = 1
const PREVIOUS = 2
// At the very instant at which the estimate equals the limit a request is still refused; just after it passes.
const JUST_AFTER_MS = 0.001

/**
 * Estimates the last `per` from two counters: previous · (per - elapsed) / per + current, as if the previous window's
 * requests had come evenly; admits while the estimate is below `max`. Three numbers of state whatever `max` is.
 * (Cloudflare, "How we built rate limiting capable of scaling to millions of domains", 2017.)
 */
export class SlidingCounter implements Limiter {
  static readonly WORDS = 3

  readonly #max: number
  readonly #perMs: number
  readonly #state: Float64Array

  constructor(limit: Limit, state?: Float64Array) {
    this.#max = limit.max
    this.#perMs = limit.perMs
    this.#state = state ?? new Float64Array(SlidingCounter.WORDS)
    if (!state) this.reset()
  }

  tryAcquire(nowMs: number): number {
    const state = this.#state
    this.#turn(nowMs)
    if (this.#estimateNow(nowMs) < this.#max) {
      state[CURRENT]! += 1
      return 0
    }
    return this.#waitMs(nowMs)
  }

  /** How many requests it believes came in the last `per`. */
  estimate(nowMs: number): number {
    this.#turn(nowMs)
    return this.#estimateNow(nowMs)
  }

  remaining(nowMs: number): number {
    return Math.max(0, Math.ceil(this.#max - this.estimate(nowMs)))
  }

  reset(): void {
    this.#state[WINDOW] = Number.NEGATIVE_INFINITY
    this.#state[CURRENT] = 0
    this.#state[PREVIOUS] = 0
  }

  #turn(nowMs: number): void {
    const state = this.#state
    const window = Math.floor(nowMs / this.#perMs)
    const known = state[WINDOW]!
    if (window <= known) return
    state[PREVIOUS] = window === known + 1 ? state[CURRENT]! : 0
    state[CURRENT] = 0
    state[WINDOW] = window
  }

  #estimateNow(nowMs: number): number {
    const state = this.#state
    return (state[PREVIOUS]! * (this.#perMs - this.#elapsedMs(nowMs))) / this.#perMs + state[CURRENT]!
  }

  #elapsedMs(nowMs: number): number {
    return Math.max(0, nowMs - this.#state[WINDOW]! * this.#perMs)
  }

  #waitMs(nowMs: number): number {
    const current = this.#state[CURRENT]!
    const previous = this.#state[PREVIOUS]!
    // Either the previous window's weight falls enough within this window, or this window has to become the previous one.
    const dueMs =
      current < this.#max
        ? this.#perMs * (1 - (this.#max - current) / previous)
        : this.#perMs + this.#perMs * (1 - this.#max / current)
    return Math.max(0, dueMs - this.#elapsedMs(nowMs)) + JUST_AFTER_MS
  }
}
