import type { Clock } from './clock.ts'

/** Something with a time limit. The list's own fields lie in it, so that adding it allocates nothing. */
export interface Expiring {
  dueMs: number
  before: Expiring | undefined
  after: Expiring | undefined
  /** Called when the time is over. */
  expire(): void
}

/**
 * Timeouts of one constant length for very many calls: since all are equally long they fall due in the order in which
 * they were added, so a linked list and a single timer do, and neither adding nor removing touches the timer.
 */
export class Expiry {
  readonly #clock: Clock
  readonly #timeoutMs: number
  readonly #slackMs: number
  #head: Expiring | undefined
  #tail: Expiring | undefined
  #callOff: (() => void) | undefined
  #closed = false

  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock
    this.#timeoutMs = timeoutMs
    this.#slackMs = clock.slackMs ?? 1
  }

  /** Expires `item` in `timeoutMs` from `nowMs` unless it is removed before. */
  add(item: Expiring, nowMs: number): void {
    item.dueMs = nowMs + this.#timeoutMs
    item.before = this.#tail
    if (this.#tail) this.#tail.after = item
    else this.#head = item
    this.#tail = item
    if (!this.#callOff && !this.#closed) this.#arm(this.#timeoutMs)
  }

  /** Takes an item out; one that is not in the list is left alone. */
  remove(item: Expiring): void {
    if (item.before) item.before.after = item.after
    else if (this.#head === item) this.#head = item.after
    if (item.after) item.after.before = item.before
    else if (this.#tail === item) this.#tail = item.before
    item.before = undefined
    item.after = undefined
  }

  /** Calls the timer off for good; nothing expires any more. */
  close(): void {
    this.#closed = true
    this.#callOff?.()
    this.#head = undefined
    this.#tail = undefined
  }

  #arm(delayMs: number): void {
    this.#callOff = this.#clock.after(delayMs, () => this.#fire())
  }

  #fire(): void {
    const nowMs = this.#clock.nowMs()
    this.#callOff = undefined
    try {
      while (this.#head && this.#head.dueMs <= nowMs + this.#slackMs) {
        const item = this.#head
        this.remove(item)
        item.expire()
      }
    } finally {
      if (this.#head && !this.#callOff && !this.#closed) this.#arm(Math.max(this.#slackMs, this.#head.dueMs - nowMs))
    }
  }
}
