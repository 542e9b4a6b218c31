const CAPACITY_AT_START = 64
/** Children of an entry: a wide heap is flatter, and its children lie side by side in memory. */
const WIDTH = 4
const WIDTH_BITS = 2

/**
 * What is still to happen, in order of time; things of one time in the order in which they were scheduled. A 4-ary heap
 * (D. B. Johnson, Inf. Process. Lett. 4(3), 1975) in typed arrays, of which every entry knows its place: O(log n) to
 * schedule, to take the next one, and to call off one that will not happen. Makes no garbage.
 *
 *     times  [ 3.5 | 7.0 | 4.1 | ... ]   time of the entry at each place of the heap
 *     orders [  12 |   4 |  11 | ... ]   its number, which decides between equal times
 *     slots  [   2 |   0 |   5 | ... ]   its slot, under which the item lies; `places` leads back from slot to place
 */
export class EventCalendar<Item> {
  #times = new Float64Array(CAPACITY_AT_START)
  #orders = new Float64Array(CAPACITY_AT_START)
  #slots = new Int32Array(CAPACITY_AT_START)
  #places = new Int32Array(CAPACITY_AT_START)
  /** Number of the entry that has the slot now: a slot that has been used again is another one's. */
  #owners = new Float64Array(CAPACITY_AT_START)
  readonly #items: (Item | undefined)[] = []
  /** Slots that nobody has, one below the other; those from `#items.length` on have never been used. */
  readonly #free: number[] = []
  #size = 0
  #scheduled = 0

  /** Number of entries. */
  get size(): number {
    return this.#size
  }

  /** When the next thing happens; Infinity when nothing does. */
  get nextMs(): number {
    return this.#size === 0 ? Number.POSITIVE_INFINITY : this.#times[0]!
  }

  /** Enters `item` at a time; the ticket calls it off. */
  schedule(atMs: number, item: Item): Ticket {
    const slot = this.#free.pop() ?? this.#items.length
    if (slot === this.#places.length) this.#grow()
    const order = this.#scheduled++
    this.#items[slot] = item
    this.#owners[slot] = order
    this.#rise(this.#size++, atMs, order, slot)
    return { slot, order }
  }

  /** Takes an entry out; false when it has happened or was called off before. */
  callOff({ slot, order }: Ticket): boolean {
    if (this.#owners[slot] !== order) return false
    this.#release(slot)
    this.#takeOut(this.#places[slot]!)
    return true
  }

  /** Takes the next thing out; `undefined` when there is none. */
  take(): Item | undefined {
    if (this.#size === 0) return undefined
    const slot = this.#slots[0]!
    const item = this.#items[slot]
    this.#release(slot)
    this.#takeOut(0)
    return item
  }

  #release(slot: number): void {
    this.#items[slot] = undefined
    this.#owners[slot] = -1
    this.#free.push(slot)
  }

  /** Fills the gap at `place` with the last entry. */
  #takeOut(place: number): void {
    const last = --this.#size
    if (place === last) return
    const atMs = this.#times[last]!
    const order = this.#orders[last]!
    const slot = this.#slots[last]!
    const above = (place - 1) >> WIDTH_BITS
    if (place > 0 && isBefore(atMs, order, this.#times[above]!, this.#orders[above]!)) {
      this.#rise(place, atMs, order, slot)
    } else this.#sink(place, atMs, order, slot)
  }

  /** Moves parents down until the entry fits. */
  #rise(from: number, atMs: number, order: number, slot: number): void {
    const times = this.#times
    const orders = this.#orders
    let place = from
    while (place > 0) {
      const above = (place - 1) >> WIDTH_BITS
      if (!isBefore(atMs, order, times[above]!, orders[above]!)) break
      this.#move(above, place)
      place = above
    }
    this.#put(place, atMs, order, slot)
  }

  /** Moves the earliest child up until the entry fits. */
  #sink(from: number, atMs: number, order: number, slot: number): void {
    const times = this.#times
    const orders = this.#orders
    const size = this.#size
    let place = from
    for (;;) {
      const first = (place << WIDTH_BITS) + 1
      if (first >= size) break
      const end = Math.min(first + WIDTH, size)
      let least = first
      for (let child = first + 1; child < end; child++) {
        if (isBefore(times[child]!, orders[child]!, times[least]!, orders[least]!)) least = child
      }
      if (!isBefore(times[least]!, orders[least]!, atMs, order)) break
      this.#move(least, place)
      place = least
    }
    this.#put(place, atMs, order, slot)
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#times[from]!, this.#orders[from]!, this.#slots[from]!)
  }

  #put(place: number, atMs: number, order: number, slot: number): void {
    this.#times[place] = atMs
    this.#orders[place] = order
    this.#slots[place] = slot
    this.#places[slot] = place
  }

  #grow(): void {
    const capacity = 2 * this.#places.length
    this.#times = copied(this.#times, new Float64Array(capacity))
    this.#orders = copied(this.#orders, new Float64Array(capacity))
    this.#slots = copied(this.#slots, new Int32Array(capacity))
    this.#places = copied(this.#places, new Int32Array(capacity))
    this.#owners = copied(this.#owners, new Float64Array(capacity))
  }
}

/** What calls an entry off. */
export interface Ticket {
  readonly slot: number
  readonly order: number
}

const isBefore = (atMs: number, order: number, otherMs: number, other: number): boolean =>
  atMs < otherMs || (atMs === otherMs && order < other)

function copied<Words extends Float64Array<ArrayBuffer> | Int32Array<ArrayBuffer>>(from: Words, into: Words): Words {
  into.set(from)
  return into
}
