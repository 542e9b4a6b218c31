import { threadId } from 'node:worker_threads'

const FREE = 0
const SPINS = 200
const NAP_MS = 10
const NAPS_BEFORE_THEFT = 100

/**
 * A mutual exclusion lock between the threads of one process, for critical sections of less than a microsecond:
 *
 *     lock.lock()
 *     try { … } finally { lock.unlock() }
 *
 * It takes two words of shared memory, both zero at start: `words[index]` names the holder, `words[index + 1]` counts
 * the sleepers. Taking a free lock is one compare-and-exchange. A busy one is tried a few hundred times, then the thread
 * sleeps until it is woken. Not reentrant, not fair.
 *
 * A thread that is killed inside the critical section cannot unlock. So a sleeper that has seen the same acquisition
 * through 100 naps of 10 ms takes the lock over. Naps are counted rather than time, because a process that was stopped
 * and goes on has not waited. A holder that was merely slow finds at `unlock` that the lock is no longer its own.
 */
export class SharedLock {
  readonly #words: Int32Array
  readonly #index: number
  #acquisitions = 0
  #mine = FREE

  constructor(words: Int32Array, index = 0) {
    this.#words = words
    this.#index = index
  }

  /** Returns when this thread holds the lock. */
  lock(): void {
    const mine = this.#newName()
    this.#mine = mine
    if (Atomics.compareExchange(this.#words, this.#index, FREE, mine) !== FREE) this.#wait(mine)
  }

  /** Gives the lock back and wakes one sleeper. Returns false when it had been taken over meanwhile. */
  unlock(): boolean {
    const words = this.#words
    const index = this.#index
    const kept = Atomics.compareExchange(words, index, this.#mine, FREE) === this.#mine
    if (Atomics.load(words, index + 1) > 0) Atomics.notify(words, index, 1)
    return kept
  }

  #wait(mine: number): void {
    const words = this.#words
    const index = this.#index
    for (let spin = 0; spin < SPINS; spin++) {
      if (Atomics.compareExchange(words, index, FREE, mine) === FREE) return
    }
    Atomics.add(words, index + 1, 1)
    let naps = 0
    let seen = FREE
    for (;;) {
      const holder = Atomics.compareExchange(words, index, FREE, mine)
      if (holder === FREE) break
      if (holder !== seen) {
        seen = holder
        naps = 0
      }
      if (naps >= NAPS_BEFORE_THEFT && Atomics.compareExchange(words, index, holder, mine) === holder) break
      if (Atomics.wait(words, index, holder, NAP_MS) === 'timed-out') naps++
    }
    Atomics.sub(words, index + 1, 1)
  }

  // Thread and a running number: another acquisition has another name, so a busy lock is not mistaken for an abandoned one.
  #newName(): number {
    this.#acquisitions = (this.#acquisitions % 0xffff) + 1
    return ((threadId + 1) << 16) | this.#acquisitions
  }
}
