import type { Clock } from './clock.ts'

/** Something that falls due at a time of its own. Its place lies in it, so that adding it allocates nothing. */
export interface Due {
  dueMs: number
  /** Place in the heap; -1 while it is in none. */
  place: number
  /** Called when the time has come. */
  expire(): void
}

/**
 * Deadlines of very many calls, each at another time, with one timer: a binary heap (Williams 1964) whose entries know
 * their place. Deadlines that callers hand down come in almost rising order, so most of them stay where they are added.
 * For limits that are all equally long, `Expiry` is simpler.
 */
export class Deadlines {
  readonly #clock: Clock
  readonly #slackMs: number
  /** Each entry is due no later than those at twice its place plus 1 and 2. */
  readonly #heap: Due[] = []
  #callOff: (() => void) | undefined
  #armedForMs = Number.POSITIVE_INFINITY
  #closed = false

  constructor(clock: Clock) {
    this.#clock = clock
    this.#slackMs = clock.slackMs ?? 1
  }

  /** Number of entries. */
  get size(): number {
    return this.#heap.length
  }

  /** Expires `item` at `dueMs` unless it is removed before. One that never falls due (Infinity) is not taken in. */
  add(item: Due, dueMs: number, nowMs: number): void {
    if (!(dueMs < Number.POSITIVE_INFINITY) || this.#closed) return
    item.dueMs = dueMs
    this.#heap.push(item)
    this.#rise(item, this.#heap.length - 1)
    if (dueMs < this.#armedForMs) this.#arm(dueMs, nowMs)
  }

  /** Takes an item out; one that is not in the heap is left alone. */
  remove(item: Due): void {
    const { place } = item
    if (this.#heap[place] !== item) return
    item.place = -1
    const last = this.#heap.pop()!
    if (last === item) return
    if (last.dueMs < item.dueMs) this.#rise(last, place)
    else this.#sink(last, place)
  }

  /** Calls the timer off for good; nothing expires any more. */
  close(): void {
    this.#closed = true
    this.#callOff?.()
    for (const item of this.#heap.splice(0)) item.place = -1
  }

  // A timer that is armed for an entry removed since is left to fire in vain: that is rarer than removals.
  #arm(dueMs: number, nowMs: number): void {
    this.#callOff?.()
    this.#armedForMs = dueMs
    this.#callOff = this.#clock.after(Math.max(0, dueMs - nowMs), () => this.#fire())
  }

  #fire(): void {
    const nowMs = this.#clock.nowMs()
    this.#callOff = undefined
    this.#armedForMs = Number.POSITIVE_INFINITY
    try {
      for (let head = this.#heap[0]; head && head.dueMs <= nowMs + this.#slackMs; head = this.#heap[0]) {
        this.remove(head)
        head.expire()
      }
    } finally {
      const head = this.#heap[0]
      if (head && head.dueMs < this.#armedForMs) this.#arm(head.dueMs, nowMs)
    }
  }

  /** Moves parents down until `item` fits. */
  #rise(item: Due, from: number): void {
    let place = from
    while (place > 0) {
      const above = (place - 1) >> 1
      const parent = this.#heap[above]!
      if (parent.dueMs <= item.dueMs) break
      this.#put(parent, place)
      place = above
    }
    this.#put(item, place)
  }

  /** Moves the earlier of two children up until `item` fits. */
  #sink(item: Due, from: number): void {
    const heap = this.#heap
    let place = from
    for (;;) {
      let below = 2 * place + 1
      if (below >= heap.length) break
      if (below + 1 < heap.length && heap[below + 1]!.dueMs < heap[below]!.dueMs) below += 1
      const child = heap[below]!
      if (item.dueMs <= child.dueMs) break
      this.#put(child, place)
      place = below
    }
    this.#put(item, place)
  }

  #put(item: Due, place: number): void {
    this.#heap[place] = item
    item.place = place
  }
}
