/** Something that is due at a time. Its place lies in it, so that adding and removing it allocates nothing. */
export interface Scheduled {
  dueMs: number
  /** Which of those due at the same time comes first; the calendar gives it out. */
  turn: number
  /** Place in the structure that holds it; -1 while none does. */
  place: number
}

/**
 * What is due when, the earliest first, and in order of adding where times are equal, so that a run can be repeated. A
 * binary heap (Williams 1964) whose entries know their place: adding, taking and removing cost O(log n).
 */
export class Calendar<Item extends Scheduled> {
  /** Each entry is due no later than those at twice its place plus 1 and 2. */
  readonly #heap: Item[] = []
  #turns = 0

  /** Number of entries. */
  get size(): number {
    return this.#heap.length
  }

  /** The entry that is due first, and stays in. */
  get first(): Item | undefined {
    return this.#heap[0]
  }

  /** When the first entry is due; Infinity when there is none. */
  get firstDueMs(): number {
    return this.#heap.length === 0 ? Number.POSITIVE_INFINITY : this.#heap[0]!.dueMs
  }

  /** Takes in an entry that is in no calendar. */
  add(item: Item, dueMs: number): void {
    item.dueMs = dueMs
    item.turn = this.#turns++
    this.#heap.push(item)
    this.#rise(item, this.#heap.length - 1)
  }

  /** Takes out an entry; one that is not in is left alone. */
  remove(item: Item): void {
    const { place } = item
    if (place < 0 || this.#heap[place] !== item) return
    item.place = -1
    const last = this.#heap.pop()!
    if (last === item) return
    if (isBefore(last, item)) this.#rise(last, place)
    else this.#sink(last, place)
  }

  /** Moves parents down until `item` fits. */
  #rise(item: Item, from: number): void {
    const heap = this.#heap
    let place = from
    while (place > 0) {
      const above = (place - 1) >> 1
      const parent = heap[above]!
      if (!isBefore(item, parent)) break
      heap[place] = parent
      parent.place = place
      place = above
    }
    heap[place] = item
    item.place = place
  }

  /** Moves the earlier of two children up until `item` fits. */
  #sink(item: Item, from: number): void {
    const heap = this.#heap
    let place = from
    for (;;) {
      let below = 2 * place + 1
      if (below >= heap.length) break
      if (below + 1 < heap.length && isBefore(heap[below + 1]!, heap[below]!)) below += 1
      const child = heap[below]!
      if (!isBefore(child, item)) break
      heap[place] = child
      child.place = place
      place = below
    }
    heap[place] = item
    item.place = place
  }
}

const isBefore = (one: Scheduled, other: Scheduled): boolean =>
  one.dueMs < other.dueMs || (one.dueMs === other.dueMs && one.turn < other.turn)
