import type { Limit, Limiter } from './limiter.ts'

const TOKENS = 0
const FILLED_AT = 1
// Tokens that rounding may take away; a request that comes exactly when its token is complete must find it.
const ROUNDING = 1e-9

/**
 * A bucket of `burst` tokens, full at start, refilled evenly with `max` tokens per `per`; each request takes one. So at
 * most burst + max · t / per requests pass in any time t. (ITU-T I.371, as a leaky bucket.)
 */
export class TokenBucket implements Limiter {
  static readonly WORDS = 2

  readonly #tokensPerMs: number
  readonly #size: number
  readonly #state: Float64Array

  constructor(limit: Limit, state?: Float64Array) {
    this.#tokensPerMs = limit.max / limit.perMs
    this.#size = limit.burst
    this.#state = state ?? new Float64Array(TokenBucket.WORDS)
    if (!state) this.reset()
  }

  tryAcquire(nowMs: number): number {
    const state = this.#state
    const tokens = this.#tokens(nowMs)
    // A refusal writes nothing: sums of many small refills would drift.
    if (tokens < 1 - ROUNDING) return (1 - tokens) / this.#tokensPerMs
    state[TOKENS] = tokens - 1
    if (nowMs > state[FILLED_AT]!) state[FILLED_AT] = nowMs
    return 0
  }

  remaining(nowMs: number): number {
    return Math.floor(this.#tokens(nowMs) + ROUNDING)
  }

  reset(): void {
    this.#state[TOKENS] = this.#size
    this.#state[FILLED_AT] = Number.NEGATIVE_INFINITY
  }

  #tokens(nowMs: number): number {
    const elapsedMs = nowMs - this.#state[FILLED_AT]!
    const tokens = this.#state[TOKENS]!
    if (elapsedMs <= 0) return tokens
    return Math.min(this.#size, tokens + elapsedMs * this.#tokensPerMs)
  }
}
