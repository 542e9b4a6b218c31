import { Lru } from '@archlab/runtime/kit'
import { Attempts, type Outcome, type Restriction } from './attempts.ts'

/** Attempts by name. The table is bounded: the name used longest ago is forgotten. Names without failures take no place. */
export class AttemptsTable {
  readonly #byName: Lru<Attempts>
  readonly #restriction: Restriction
  readonly #forgives: boolean
  readonly #onDrop: () => void

  /** `forgives` says whether a success clears the failures of its name; `onDrop` is called for each name forgotten. */
  constructor(max: number, restriction: Restriction, forgives: boolean, onDrop: () => void) {
    this.#byName = new Lru(max)
    this.#restriction = restriction
    this.#forgives = forgives
    this.#onDrop = onDrop
  }

  /** Number of names remembered. */
  get size(): number {
    return this.#byName.size
  }

  /** 0 when an attempt under this name may be made now; else the milliseconds (> 0) to wait. */
  waitMs(name: string, nowMs: number): number {
    return this.#byName.get(name)?.waitMs(nowMs) ?? 0
  }

  /** Notes an attempt; the function that is returned notes, once, what came of it. */
  begin(name: string, nowMs: number): (outcome: Outcome, nowMs: number) => void {
    let attempts = this.#byName.get(name)
    if (!attempts) {
      attempts = new Attempts(this.#restriction)
      if (this.#byName.set(name, attempts)) this.#onDrop()
    }
    const own = attempts
    own.begin(nowMs)
    return (outcome, endMs) => {
      own.end(outcome, endMs, this.#forgives)
      if (own.isBlank && this.#byName.peek(name) === own) this.#byName.delete(name)
    }
  }
}
