import type { Clock } from '../../kit/index.ts'

/** Something that is called when its time is over. */
export interface Expiring {
  expire(): void
}

interface Entry {
  item: Expiring
  dueMs: number
  before: Entry | undefined
  after: Entry | undefined
}

/** Handle of a scheduled expiry; hand it back to `cancel`. */
export type ExpiryEntry = Entry

/**
 * Timeouts of one constant length for very many calls: since all are equally long they fall due in the order in which
 * they were added, so a linked list and a single timer do, and neither adding nor cancelling touches the timer.
 */
export class Expiry {
  readonly #clock: Clock
  readonly #timeoutMs: number
  #head: Entry | undefined
  #tail: Entry | undefined
  #armed: (() => void) | undefined

  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock
    this.#timeoutMs = timeoutMs
  }

  /** Expires `item` in `timeoutMs` from `nowMs` unless it is cancelled before. */
  add(item: Expiring, nowMs: number): ExpiryEntry {
    const entry: Entry = { item, dueMs: nowMs + this.#timeoutMs, before: this.#tail, after: undefined }
    if (this.#tail) this.#tail.after = entry
    else this.#head = entry
    this.#tail = entry
    if (!this.#armed) this.#arm(this.#timeoutMs)
    return entry
  }

  cancel(entry: ExpiryEntry): void {
    if (entry.before) entry.before.after = entry.after
    else if (this.#head === entry) this.#head = entry.after
    if (entry.after) entry.after.before = entry.before
    else if (this.#tail === entry) this.#tail = entry.before
    entry.before = undefined
    entry.after = undefined
  }

  /** Calls the timer off; nothing expires any more. */
  close(): void {
    this.#armed?.()
    this.#head = undefined
    this.#tail = undefined
  }

  #arm(delayMs: number): void {
    this.#armed = this.#clock.after(delayMs, () => this.#fire())
  }

  #fire(): void {
    const nowMs = this.#clock.nowMs()
    this.#armed = undefined
    // A timer may fire up to 1 ms early.
    while (this.#head && this.#head.dueMs <= nowMs + 1) {
      const entry = this.#head
      this.cancel(entry)
      entry.item.expire()
    }
    if (this.#head && !this.#armed) this.#arm(Math.max(1, this.#head.dueMs - nowMs))
  }
}
