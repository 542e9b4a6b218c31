import { getRandomValues } from 'node:crypto'
import { emptyBuckets, grown, NONE, SLOTS_AT_START } from './slots.ts'

const CHARACTERS_AT_START = 4
/** As many other keys with the same 32 bits as chance does not bring about. */
const TWINS = 2

// Multipliers that nobody outside knows, so that nobody can make up keys that all fall into one bucket.
const SECRETS = getRandomValues(new Int32Array(4))
const SEED = SECRETS[0]!
const FIRST = SECRETS[1]! | 1
const SECOND = SECRETS[2]! | 1
const THIRD = SECRETS[3]! | 1

/**
 * Gives each key a slot, a small whole number, under which the owner keeps what belongs to it. Buckets and the chains in
 * them are whole numbers in typed arrays, and slots are used again: a table that sees a key leave for each that comes
 * makes no garbage and is never rebuilt, as a Map is once its holes are as many as its entries.
 *
 *     bucket[hash & mask] → slot 3 → slot 0        cells: hash and next slot of each, side by side
 *
 * A program pays 2 ns for each character it hashes, so of a long key only the last few count. When keys come
 * that are alike there, twice as many count from then on, which bounds what such keys can cost.
 */
export class KeyTable<Value> {
  #slotsMax: number
  #slots: number
  #buckets: Int32Array<ArrayBuffer>
  #mask: number
  #cells: Int32Array<ArrayBuffer>
  /** Key and value of each slot, side by side. */
  #entries: (string | Value | undefined)[] = []
  #free = NONE
  #size = 0
  /** So many characters count, at the end of a key. */
  #characters = CHARACTERS_AT_START

  /** `slotsMax` is the largest number of keys, at least 1. Memory grows with the keys that come. */
  constructor(slotsMax: number) {
    if (!(slotsMax >= 1)) throw new RangeError('a table holds at least one entry')
    this.#slotsMax = slotsMax
    this.#slots = Math.min(SLOTS_AT_START, slotsMax)
    this.#buckets = emptyBuckets(this.#slots)
    this.#mask = this.#buckets.length - 1
    this.#cells = new Int32Array(this.#slots * 2)
  }

  /** Another largest number of keys, at least 1. Those that are there stay, also when they are more than that. */
  set max(slotsMax: number) {
    this.#slotsMax = slotsMax
  }

  /** Number of keys. */
  get size(): number {
    return this.#size
  }

  /** True when another key only finds room once one is removed. */
  get full(): boolean {
    return this.#size >= this.#slotsMax
  }

  /** 32 bits that stand for a key. */
  hash(key: string): number {
    const { length } = key
    let hash = SEED ^ length
    let at = length > this.#characters ? length - this.#characters : 0
    for (; at + 3 < length; at += 4) {
      const low = Math.imul(key.charCodeAt(at) | (key.charCodeAt(at + 1) << 16), FIRST)
      const high = Math.imul(key.charCodeAt(at + 2) | (key.charCodeAt(at + 3) << 16), SECOND)
      hash = Math.imul(hash ^ low ^ (high >>> 15) ^ high, THIRD)
      hash ^= hash >>> 15
    }
    for (; at < length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), FIRST)
    return hash ^ (hash >>> 16)
  }

  /** The slot of `key`, whose hash is `hash`; `NONE` when it has none. */
  find(key: string, hash: number): number {
    const cells = this.#cells
    let slot = this.#buckets[hash & this.#mask]!
    while (slot >= 0) {
      if (cells[slot << 1] === hash && this.#entries[slot << 1] === key) return slot
      slot = cells[(slot << 1) | 1]!
    }
    return NONE
  }

  /** Gives a slot to a key that has none. There must be room. */
  add(key: string, hash: number, value: Value): number {
    let slot = this.#free
    if (slot >= 0) this.#free = this.#cells[(slot << 1) | 1]!
    else {
      slot = this.#entries.length / 2
      if (slot >= this.#slots) this.#grow()
    }
    this.#entries[slot << 1] = key
    this.#entries[(slot << 1) | 1] = value
    const twins = this.#link(slot, hash)
    this.#size += 1
    if (twins >= TWINS && key.length > this.#characters) this.#rehash()
    return slot
  }

  /** The value of a slot in use. */
  valueOf(slot: number): Value {
    return this.#entries[(slot << 1) | 1] as Value
  }

  /** Replaces the value of a slot in use. */
  setValue(slot: number, value: Value): void {
    this.#entries[(slot << 1) | 1] = value
  }

  /** Takes the key of a slot in use out and returns its value; the slot will be given to another. */
  remove(slot: number): Value {
    const cells = this.#cells
    const next = cells[(slot << 1) | 1]!
    const bucket = cells[slot << 1]! & this.#mask
    let before = this.#buckets[bucket]!
    if (before === slot) this.#buckets[bucket] = next
    else {
      while (cells[(before << 1) | 1] !== slot) before = cells[(before << 1) | 1]!
      cells[(before << 1) | 1] = next
    }
    const value = this.#entries[(slot << 1) | 1] as Value
    this.#entries[slot << 1] = ''
    this.#entries[(slot << 1) | 1] = undefined
    cells[(slot << 1) | 1] = this.#free
    this.#free = slot
    this.#size -= 1
    return value
  }

  /** Forgets every key. */
  clear(): void {
    this.#buckets.fill(NONE)
    this.#entries = []
    this.#free = NONE
    this.#size = 0
  }

  /** Puts a slot into its bucket and returns how many slots there have the same hash. */
  #link(slot: number, hash: number): number {
    const cells = this.#cells
    const bucket = hash & this.#mask
    const first = this.#buckets[bucket]!
    let twins = 0
    for (let other = first; other >= 0; other = cells[(other << 1) | 1]!) if (cells[other << 1] === hash) twins += 1
    cells[slot << 1] = hash
    cells[(slot << 1) | 1] = first
    this.#buckets[bucket] = slot
    return twins
  }

  /** Twice the slots. All slots are in use, so none is in the free list. */
  #grow(): void {
    const used = this.#slots
    this.#slots = Math.min(used * 2, this.#slotsMax)
    this.#cells = grown(this.#cells, this.#slots * 2)
    this.#buckets = emptyBuckets(this.#slots)
    this.#mask = this.#buckets.length - 1
    for (let slot = 0; slot < used; slot++) this.#link(slot, this.#cells[slot << 1]!)
  }

  /** Lets more characters count. */
  #rehash(): void {
    this.#characters *= 2
    const free = new Set<number>()
    for (let slot = this.#free; slot >= 0; slot = this.#cells[(slot << 1) | 1]!) free.add(slot)
    this.#buckets.fill(NONE)
    for (let slot = 0; slot * 2 < this.#entries.length; slot++) {
      if (!free.has(slot)) this.#link(slot, this.hash(this.#entries[slot << 1] as string))
    }
  }
}
