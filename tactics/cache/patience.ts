import type { Clock } from '@archlab/runtime/kit'

/** Somebody who waits. */
export interface Wait {
  readonly dueMs: number
  readonly giveUp: () => void
}

/**
 * A timeout of one length for very many waits. They fall due in the order in which they began, so one timer does for all
 * of them, and a wait that ends in time costs no timer.
 */
export class Patience {
  readonly #clock: Clock
  readonly #timeoutMs: number
  // In order of insertion, which is the order of dueMs.
  readonly #waits = new Set<Wait>()
  #callOff: (() => void) | undefined
  #closed = false

  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock
    this.#timeoutMs = timeoutMs
  }

  /** Calls `giveUp` after the timeout unless `end` comes first. */
  begin(giveUp: () => void): Wait {
    const wait = { dueMs: this.#clock.nowMs() + this.#timeoutMs, giveUp }
    this.#waits.add(wait)
    if (!this.#closed) this.#callOff ??= this.#clock.after(this.#timeoutMs, this.#fire)
    return wait
  }

  end(wait: Wait): void {
    this.#waits.delete(wait)
  }

  /** Calls the timer off for good; nobody is told. */
  close(): void {
    this.#closed = true
    this.#callOff?.()
    this.#callOff = undefined
    this.#waits.clear()
  }

  readonly #fire = (): void => {
    this.#callOff = undefined
    const nowMs = this.#clock.nowMs()
    for (const wait of this.#waits) {
      // A timer may fire up to 1 ms early.
      if (wait.dueMs > nowMs + 1) {
        this.#callOff ??= this.#clock.after(wait.dueMs - nowMs, this.#fire)
        return
      }
      this.#waits.delete(wait)
      wait.giveUp()
    }
  }
}
