/** Ids are generation × 2^20 + slot. */
const SLOTS_MAX = 2 ** 20

/**
 * Things under way, found by a number that the table gives out. For tables that see an insertion and a removal with every
 * request: slots are used again, so nothing is allocated, and unlike a Map, whose grown-out tables point to their successors,
 * a table that the collector has moved to the old generation keeps no garbage alive.
 */
export class SlotTable<Value> {
  readonly #values: (Value | undefined)[] = []
  readonly #ids: number[] = []
  readonly #free: number[] = []
  #size = 0

  /** Number of things in the table. */
  get size(): number {
    return this.#size
  }

  /** True when nothing more fits: about a million. */
  get full(): boolean {
    return this.#size >= SLOTS_MAX
  }

  /** Puts a value in and returns its id, a positive whole number that is not used again for a long time. */
  add(value: Value): number {
    let slot = this.#free.pop()
    if (slot === undefined) {
      slot = this.#values.length
      this.#values.push(undefined)
      this.#ids.push(slot)
    }
    const id = this.#ids[slot]! + SLOTS_MAX
    this.#ids[slot] = id
    this.#values[slot] = value
    this.#size += 1
    return id
  }

  /** Takes the value with this id out; `undefined` when there is none (any more). */
  take(id: number): Value | undefined {
    const slot = id % SLOTS_MAX
    if (this.#ids[slot] !== id) return undefined
    const value = this.#values[slot]
    if (value === undefined) return undefined
    this.#values[slot] = undefined
    this.#free.push(slot)
    this.#size -= 1
    return value
  }

  /** Takes everything out. */
  takeAll(): Value[] {
    return this.#ids.flatMap(id => this.take(id) ?? [])
  }
}

/** Things under way, found by ids that another SlotTable gave out. */
export class SlotMirror<Value> {
  readonly #values: (Value | undefined)[] = []
  readonly #ids: number[] = []

  set(id: number, value: Value): void {
    const slot = id % SLOTS_MAX
    while (this.#values.length <= slot) {
      this.#values.push(undefined)
      this.#ids.push(0)
    }
    this.#ids[slot] = id
    this.#values[slot] = value
  }

  get(id: number): Value | undefined {
    const slot = id % SLOTS_MAX
    return this.#ids[slot] === id ? this.#values[slot] : undefined
  }

  /** Forgets the value with this id; one that has a successor in its slot stays. */
  delete(id: number): void {
    const slot = id % SLOTS_MAX
    if (this.#ids[slot] === id) this.#values[slot] = undefined
  }

  /** All values. */
  values(): Value[] {
    return this.#values.filter(value => value !== undefined)
  }
}
