import { SharedLock } from '@archlab/runtime/kit'
import { ALGORITHMS, type AlgorithmName } from './algorithms.ts'
import type { Limit, Limiter } from './limiter.ts'

// Two words of lock, one that says the state is ready, then the state.
const READY_AT_BYTES = 8
const STATE_AT_BYTES = 16

/** Shared memory that one limit needs, in bytes. */
export function lockedBytes(algorithm: AlgorithmName, limit: Limit): number {
  return STATE_AT_BYTES + ALGORITHMS[algorithm].words(limit) * Float64Array.BYTES_PER_ELEMENT
}

/**
 * One limit for several threads: the same algorithm over shared memory, one decision at a time. So all of them together
 * admit exactly what one would. `memory` is zeroed at start and has `lockedBytes`.
 */
export class LockedLimiter implements Limiter {
  readonly #lock: SharedLock
  readonly #ready: Float64Array
  readonly #limiter: Limiter

  constructor(algorithm: AlgorithmName, limit: Limit, memory: SharedArrayBuffer) {
    this.#lock = new SharedLock(new Int32Array(memory, 0, 2))
    this.#ready = new Float64Array(memory, READY_AT_BYTES, 1)
    const state = new Float64Array(memory, STATE_AT_BYTES, ALGORITHMS[algorithm].words(limit))
    this.#limiter = ALGORITHMS[algorithm].create(limit, state)
  }

  tryAcquire(nowMs: number): number {
    this.#lock.lock()
    try {
      this.#prepare()
      return this.#limiter.tryAcquire(nowMs)
    } finally {
      this.#lock.unlock()
    }
  }

  remaining(nowMs: number): number {
    this.#lock.lock()
    try {
      this.#prepare()
      return this.#limiter.remaining(nowMs)
    } finally {
      this.#lock.unlock()
    }
  }

  reset(): void {
    this.#lock.lock()
    try {
      this.#limiter.reset()
    } finally {
      this.#lock.unlock()
    }
  }

  // Zero would be a moment in time; whoever comes first turns zeroed memory into an empty state.
  #prepare(): void {
    if (this.#ready[0] !== 0) return
    this.#limiter.reset()
    this.#ready[0] = 1
  }
}
