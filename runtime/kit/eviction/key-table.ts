import { getRandomValues } from 'node:crypto'

/** No slot. */
export const NONE = -1
const SLOTS_AT_START = 16

// Multipliers that nobody outside knows, so that nobody can make up keys that all fall into one bucket.
const [SEED, FIRST, SECOND] = getRandomValues(new Int32Array(3)).map(word => word | 1) as unknown as [
  number,
  number,
  number,
]

/** 32 bits that depend on every character: multiply and shift, two characters at a time; another function in each thread. */
export function hashKey(key: string): number {
  const { length } = key
  let hash = SEED ^ length
  let at = 1
  for (; at < length; at += 2) {
    const pair = Math.imul(key.charCodeAt(at - 1) | (key.charCodeAt(at) << 16), FIRST)
    hash = Math.imul(hash ^ pair ^ (pair >>> 15), SECOND)
    hash ^= hash >>> 15
  }
  if (at === length) hash = Math.imul(hash ^ Math.imul(key.charCodeAt(at - 1), FIRST), SECOND)
  return hash ^ (hash >>> 16)
}

/**
 * Gives each key a slot, a small whole number, under which the owner keeps what belongs to it. Buckets and the chains in
 * them are whole numbers in typed arrays, and slots are used again: a table that sees a key leave for each that comes
 * makes no garbage and is never rebuilt, as a Map is once its holes are as many as its entries.
 *
 *     bucket[hash & mask] → slot 3 → slot 0        cells: hash and next slot of each, side by side
 */
export class KeyTable {
  readonly #slotsMax: number
  #slots: number
  #buckets: Int32Array<ArrayBuffer>
  #mask: number
  #cells: Int32Array<ArrayBuffer>
  #keys: string[] = []
  #free = NONE
  #size = 0

  /** `slotsMax` is the largest number of keys, at least 1. Memory grows with the keys that come. */
  constructor(slotsMax: number) {
    if (!(slotsMax >= 1)) throw new RangeError('a table holds at least one entry')
    this.#slotsMax = slotsMax
    this.#slots = Math.min(SLOTS_AT_START, slotsMax)
    this.#buckets = emptyBuckets(this.#slots)
    this.#mask = this.#buckets.length - 1
    this.#cells = new Int32Array(this.#slots * 2)
  }

  /** Number of keys. */
  get size(): number {
    return this.#size
  }

  /** True when another key only finds room once one is removed. */
  get full(): boolean {
    return this.#size >= this.#slotsMax
  }

  /** The slot of `key`, whose hash is `hash`; `NONE` when it has none. */
  find(key: string, hash: number): number {
    const cells = this.#cells
    let slot = this.#buckets[hash & this.#mask]!
    while (slot >= 0) {
      if (cells[slot * 2] === hash && this.#keys[slot] === key) return slot
      slot = cells[slot * 2 + 1]!
    }
    return NONE
  }

  /** Gives a slot to a key that has none. There must be room. */
  add(key: string, hash: number): number {
    let slot = this.#free
    if (slot >= 0) this.#free = this.#cells[slot * 2 + 1]!
    else {
      slot = this.#keys.length
      if (slot >= this.#slots) this.#grow()
    }
    this.#keys[slot] = key
    this.#link(slot, hash)
    this.#size += 1
    return slot
  }

  /** Takes the key of a slot in use out; the slot will be given to another. */
  remove(slot: number): void {
    const cells = this.#cells
    const next = cells[slot * 2 + 1]!
    const bucket = cells[slot * 2]! & this.#mask
    let before = this.#buckets[bucket]!
    if (before === slot) this.#buckets[bucket] = next
    else {
      while (cells[before * 2 + 1] !== slot) before = cells[before * 2 + 1]!
      cells[before * 2 + 1] = next
    }
    this.#keys[slot] = ''
    cells[slot * 2 + 1] = this.#free
    this.#free = slot
    this.#size -= 1
  }

  /** Forgets every key. */
  clear(): void {
    this.#buckets.fill(NONE)
    this.#keys = []
    this.#free = NONE
    this.#size = 0
  }

  #link(slot: number, hash: number): void {
    const bucket = hash & this.#mask
    this.#cells[slot * 2] = hash
    this.#cells[slot * 2 + 1] = this.#buckets[bucket]!
    this.#buckets[bucket] = slot
  }

  /** Twice the slots. All slots are in use, so none is in the free list. */
  #grow(): void {
    const used = this.#slots
    this.#slots = Math.min(used * 2, this.#slotsMax)
    this.#cells = grown(this.#cells, this.#slots * 2)
    this.#buckets = emptyBuckets(this.#slots)
    this.#mask = this.#buckets.length - 1
    for (let slot = 0; slot < used; slot++) this.#link(slot, this.#cells[slot * 2]!)
  }
}

/** A longer copy. */
export function grown(numbers: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
  const copy = new Int32Array(length)
  copy.set(numbers)
  return copy
}

/** A power of two, at least as many as slots. */
function emptyBuckets(slots: number): Int32Array<ArrayBuffer> {
  return new Int32Array(2 ** Math.ceil(Math.log2(slots))).fill(NONE)
}
