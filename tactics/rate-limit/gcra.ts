import type { Limit, Limiter } from './limiter.ts'

const ARRIVAL = 0
// A millionth of an interval: a request that comes exactly when it may must not fail by rounding.
const ROUNDING = 1e-6

/**
 * Generic cell rate algorithm (ITU-T I.371, virtual scheduling): requests are due every per / max; one number, the
 * theoretical arrival time of the next, says how far ahead of schedule the sender is, and `burst` intervals ahead are
 * allowed. So burst + 1 requests pass at once, then one per interval: the traffic behind it is smooth.
 *
 * Time is counted in intervals rather than milliseconds: adding 1 is exact where adding per / max would drift.
 */
export class Gcra implements Limiter {
  static readonly WORDS = 1

  readonly #max: number
  readonly #perMs: number
  readonly #burst: number
  readonly #state: Float64Array

  constructor(limit: Limit, state?: Float64Array) {
    this.#max = limit.max
    this.#perMs = limit.perMs
    this.#burst = limit.burst
    this.#state = state ?? new Float64Array(Gcra.WORDS)
    if (!state) this.reset()
  }

  tryAcquire(nowMs: number): number {
    const now = (nowMs * this.#max) / this.#perMs
    const due = this.#state[ARRIVAL]!
    const early = due - now - this.#burst
    if (early > ROUNDING) return (early * this.#perMs) / this.#max
    this.#state[ARRIVAL] = Math.max(due, now) + 1
    return 0
  }

  remaining(nowMs: number): number {
    const ahead = Math.max(0, this.#state[ARRIVAL]! - (nowMs * this.#max) / this.#perMs)
    return Math.max(0, Math.floor(this.#burst + 1 - ahead + ROUNDING))
  }

  reset(): void {
    this.#state[ARRIVAL] = Number.NEGATIVE_INFINITY
  }
}
