import type { Limit, Limiter } from './limiter.ts'

// State: the slot to write next (which holds the oldest admission), the newest admission, then the ring.
const NEXT = 0
const NEWEST = 1
const RING = 2
const FIRST_CAPACITY = 8

/**
 * Exact: at most `max` admissions in every interval (t - per, t]. It remembers when each of the last `max` requests was
 * admitted; a request may pass when the one `max` places before it has left the window. Refused requests are not
 * remembered, so somebody who keeps knocking still gets in when the window allows.
 *
 * Own memory starts small and doubles up to `max` entries of 8 bytes, and only when the window really holds that many.
 */
export class SlidingLog implements Limiter {
  static words(limit: Limit): number {
    return RING + limit.max
  }

  readonly #max: number
  readonly #perMs: number
  #state: Float64Array
  #capacity: number

  constructor(limit: Limit, state?: Float64Array) {
    this.#max = limit.max
    this.#perMs = limit.perMs
    this.#state = state ?? new Float64Array(RING + Math.min(limit.max, FIRST_CAPACITY))
    this.#capacity = Math.min(limit.max, this.#state.length - RING)
    if (!state) this.reset()
  }

  tryAcquire(nowMs: number): number {
    const state = this.#state
    const newestMs = state[NEWEST]!
    const atMs = Math.max(nowMs, newestMs)
    const next = state[NEXT]!
    const waitMs = state[RING + next]! + this.#perMs - atMs
    if (waitMs > 0) {
      if (this.#capacity === this.#max) return waitMs
      this.#grow()
      return this.tryAcquire(nowMs)
    }
    state[RING + next] = atMs
    state[NEWEST] = atMs
    state[NEXT] = next + 1 === this.#capacity ? 0 : next + 1
    return 0
  }

  remaining(nowMs: number): number {
    // From the slot to write next the ring is in order of time, so the first admission still in the window is found by halving.
    let low = 0
    let high = this.#capacity
    while (low < high) {
      const middle = (low + high) >>> 1
      const slot = (this.#state[NEXT]! + middle) % this.#capacity
      if (this.#state[RING + slot]! + this.#perMs > nowMs) high = middle
      else low = middle + 1
    }
    return this.#max - (this.#capacity - low)
  }

  reset(): void {
    this.#state.fill(Number.NEGATIVE_INFINITY, NEWEST)
    this.#state[NEXT] = 0
  }

  #grow(): void {
    const old = this.#state
    const next = old[NEXT]!
    const capacity = Math.min(this.#max, this.#capacity * 2)
    const state = new Float64Array(RING + capacity).fill(Number.NEGATIVE_INFINITY)
    state.set(old.subarray(RING + next, RING + this.#capacity), RING)
    state.set(old.subarray(RING, RING + next), RING + this.#capacity - next)
    state[NEXT] = this.#capacity
    state[NEWEST] = old[NEWEST]!
    this.#state = state
    this.#capacity = capacity
  }
}
