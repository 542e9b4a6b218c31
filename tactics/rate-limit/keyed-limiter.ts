import { Lru } from '@archlab/runtime/kit'
import type { Limiter } from './limiter.ts'

/** A limit for each key. The table is bounded: the key used longest ago is forgotten, and starts afresh if it returns. */
export class KeyedLimiter {
  readonly #limiters: Lru<Limiter>
  readonly #create: () => Limiter
  readonly #onDrop: () => void

  /** `onDrop` is called for each key forgotten. */
  constructor(maxKeys: number, create: () => Limiter, onDrop: () => void) {
    this.#limiters = new Lru(maxKeys)
    this.#create = create
    this.#onDrop = onDrop
  }

  /** Number of keys remembered. */
  get size(): number {
    return this.#limiters.size
  }

  /** Remembers at most `maxKeys` from now on. */
  resize(maxKeys: number): void {
    this.#limiters.resize(maxKeys, this.#onDrop)
  }

  /** The key's own limiter. */
  of(key: string): Limiter {
    return this.#limiters.get(key) ?? this.#admit(key)
  }

  #admit(key: string): Limiter {
    let limiter: Limiter | undefined
    if (this.#limiters.full) {
      // The forgotten key's limiter is emptied and serves the new key, so a flood of keys makes no garbage.
      limiter = this.#limiters.takeOldest()
      limiter?.reset()
      this.#onDrop()
    }
    limiter ??= this.#create()
    this.#limiters.set(key, limiter)
    return limiter
  }
}
