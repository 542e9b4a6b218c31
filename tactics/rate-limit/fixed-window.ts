import type { Limit, Limiter } from './limiter.ts'

const WINDOW = 0
const COUNT = 1

/**
 * At most `max` admissions in each window [n·per, (n + 1)·per) of the lab's clock. Cheapest and coarsest: around the edge
 * between two windows 2·max may pass in an instant.
 */
export class FixedWindow implements Limiter {
  static readonly WORDS = 2

  readonly #max: number
  readonly #perMs: number
  readonly #state: Float64Array

  constructor(limit: Limit, state?: Float64Array) {
    this.#max = limit.max
    this.#perMs = limit.perMs
    this.#state = state ?? new Float64Array(FixedWindow.WORDS)
    if (!state) this.reset()
  }

  tryAcquire(nowMs: number): number {
    const state = this.#state
    const window = Math.floor(nowMs / this.#perMs)
    if (window > state[WINDOW]!) {
      state[WINDOW] = window
      state[COUNT] = 1
      return 0
    }
    if (state[COUNT]! < this.#max) {
      state[COUNT]! += 1
      return 0
    }
    // The floor keeps rounding from turning a refusal into 0.
    return Math.max((state[WINDOW]! + 1) * this.#perMs - nowMs, 0.001)
  }

  remaining(nowMs: number): number {
    const passed = Math.floor(nowMs / this.#perMs) > this.#state[WINDOW]!
    return passed ? this.#max : this.#max - this.#state[COUNT]!
  }

  reset(): void {
    this.#state[WINDOW] = Number.NEGATIVE_INFINITY
    this.#state[COUNT] = 0
  }
}
