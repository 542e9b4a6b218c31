/** What happens to entries that leave the table without being asked to. */
export interface LruEvents {
  /** The least recently used entry made room for another. */
  evicted(): void
  /** An entry's time was over. */
  expired(): void
}

const NONE = -1
const SLOTS_AT_START = 64
/** How many of the oldest entries each `set` looks at for expired ones. */
const SWEEP = 2

/**
 * A bounded map that forgets the least recently used entry first, and any entry whose time is over.
 *
 *     head (newest)                      tail (oldest)
 *     slot 3  -- older[3] -->  slot 0  -- older[0] -->  slot 7
 *
 * The order is a doubly linked list over two typed arrays, and a slot is used again when its entry has gone. Moving an
 * entry to the front is six writes of integers. Deleting and setting a Map's key does the same in less code, but
 * leaves a hole in the Map's table each time and slows down by an order of magnitude when the table is large.
 */
export class LruTable<Value> {
  #entriesMax: number
  #bytesMax: number
  readonly #events: LruEvents
  readonly #slots = new Map<string, number>()
  #keys: string[] = []
  #values: (Value | undefined)[] = []
  #bytes: Float64Array<ArrayBuffer>
  #expiresAtMs: Float64Array<ArrayBuffer>
  #newer: Int32Array<ArrayBuffer>
  #older: Int32Array<ArrayBuffer>
  #head = NONE
  #tail = NONE
  #free: number[] = []
  #bytesUsed = 0

  /** At most `entriesMax` entries that together hold at most `bytesMax` bytes, as told to `set`. */
  constructor(entriesMax: number, bytesMax: number, events: LruEvents) {
    const slots = Math.min(SLOTS_AT_START, entriesMax)
    this.#entriesMax = entriesMax
    this.#bytesMax = bytesMax
    this.#events = events
    this.#bytes = new Float64Array(slots)
    this.#expiresAtMs = new Float64Array(slots)
    this.#newer = new Int32Array(slots)
    this.#older = new Int32Array(slots)
  }

  /** Entries held, expired ones that nobody has noticed yet included. */
  get size(): number {
    return this.#slots.size
  }

  /** Bytes held. */
  get bytes(): number {
    return this.#bytesUsed
  }

  /** Holds at most so much from now on; those that are too many leave, the least recently used first. */
  resize(entriesMax: number, bytesMax: number, nowMs: number): void {
    this.#entriesMax = entriesMax
    this.#bytesMax = bytesMax
    while (this.#slots.size > entriesMax || this.#bytesUsed > bytesMax) this.#removeOldest(nowMs)
  }

  /** The value, which becomes the most recently used; `undefined` when absent or expired. */
  get(key: string, nowMs: number): Value | undefined {
    const slot = this.#slots.get(key)
    if (slot === undefined) return undefined
    if (nowMs >= this.#expiresAtMs[slot]!) {
      this.#remove(slot)
      this.#events.expired()
      return undefined
    }
    if (slot !== this.#head) {
      this.#unlink(slot)
      this.#linkFirst(slot)
    }
    return this.#values[slot]
  }

  /** Stores a value until `expiresAtMs`. False, and nothing changes, when it alone exceeds the table. */
  set(key: string, value: Value, bytes: number, expiresAtMs: number, nowMs: number): boolean {
    if (bytes > this.#bytesMax) return false
    this.#sweep(nowMs)
    this.delete(key, nowMs)
    while (this.#slots.size >= this.#entriesMax || this.#bytesUsed + bytes > this.#bytesMax) this.#removeOldest(nowMs)
    const slot = this.#free.pop() ?? this.#grow()
    this.#keys[slot] = key
    this.#values[slot] = value
    this.#bytes[slot] = bytes
    this.#expiresAtMs[slot] = expiresAtMs
    this.#bytesUsed += bytes
    this.#slots.set(key, slot)
    this.#linkFirst(slot)
    return true
  }

  /** Forgets an entry. True when there was one whose time was not over. */
  delete(key: string, nowMs: number): boolean {
    const slot = this.#slots.get(key)
    if (slot === undefined) return false
    const alive = nowMs < this.#expiresAtMs[slot]!
    this.#remove(slot)
    if (!alive) this.#events.expired()
    return alive
  }

  #sweep(nowMs: number): void {
    let slot = this.#tail
    for (let seen = 0; seen < SWEEP && slot !== NONE; seen++) {
      const next = this.#newer[slot]!
      if (nowMs >= this.#expiresAtMs[slot]!) {
        this.#remove(slot)
        this.#events.expired()
      }
      slot = next
    }
  }

  /** The next slot never used; the arrays double until they hold `entriesMax`. Slots in use are 0 to size - 1 then. */
  #grow(): number {
    const slot = this.#slots.size
    if (slot >= this.#older.length) {
      const slots = Math.min(this.#entriesMax, this.#older.length * 2)
      this.#bytes = copied(this.#bytes, new Float64Array(slots))
      this.#expiresAtMs = copied(this.#expiresAtMs, new Float64Array(slots))
      this.#newer = copied(this.#newer, new Int32Array(slots))
      this.#older = copied(this.#older, new Int32Array(slots))
    }
    return slot
  }

  #removeOldest(nowMs: number): void {
    const expired = nowMs >= this.#expiresAtMs[this.#tail]!
    this.#remove(this.#tail)
    if (expired) this.#events.expired()
    else this.#events.evicted()
  }

  #remove(slot: number): void {
    this.#unlink(slot)
    this.#slots.delete(this.#keys[slot]!)
    this.#bytesUsed -= this.#bytes[slot]!
    this.#keys[slot] = ''
    this.#values[slot] = undefined
    this.#free.push(slot)
  }

  #linkFirst(slot: number): void {
    this.#newer[slot] = NONE
    this.#older[slot] = this.#head
    if (this.#head === NONE) this.#tail = slot
    else this.#newer[this.#head] = slot
    this.#head = slot
  }

  #unlink(slot: number): void {
    const newer = this.#newer[slot]!
    const older = this.#older[slot]!
    if (newer === NONE) this.#head = older
    else this.#older[newer] = older
    if (older === NONE) this.#tail = newer
    else this.#newer[older] = newer
  }
}

function copied<Words extends Float64Array<ArrayBuffer> | Int32Array<ArrayBuffer>>(from: Words, into: Words): Words {
  into.set(from)
  return into
}
