import { emptyBuckets, grown, NONE, SLOTS_AT_START } from './slots.ts'

/** Marks a place whose hash has been taken, in the column of the chains. */
const TAKEN = -2

/**
 * The hashes of the `max` entries that went last, in a ring of places; buckets lead to them. Two keys with the same 32 bits
 * are taken for one: that costs a wrong guess, not a wrong answer.
 */
export class GhostList {
  readonly #max: number
  #places: number
  /** For each place its hash and the next place of its bucket, side by side. */
  #cells: Int32Array<ArrayBuffer>
  #buckets: Int32Array<ArrayBuffer>
  #filled = 0
  /** Where the next hash goes. */
  #at = 0

  /** `max` is at least 1. Memory grows with what is added. */
  constructor(max: number) {
    this.#max = max
    this.#places = Math.min(SLOTS_AT_START, max)
    this.#cells = new Int32Array(this.#places * 2)
    this.#buckets = emptyBuckets(this.#places)
  }

  /** Remembers a hash; in a full list the place of the oldest is used for it. */
  add(hash: number): void {
    if (this.#at === this.#max) this.#at = 0
    const place = this.#at
    if (place < this.#filled) this.#forget(place)
    else {
      if (place === this.#places) this.#grow()
      this.#filled += 1
    }
    this.#cells[place << 1] = hash
    this.#link(place)
    this.#at += 1
  }

  /** Whether the hash is in the list; it is not, afterwards. */
  take(hash: number): boolean {
    const cells = this.#cells
    let place = this.#buckets[hash & (this.#buckets.length - 1)]!
    while (place >= 0 && cells[place << 1] !== hash) place = cells[(place << 1) | 1]!
    if (place === NONE) return false
    this.#forget(place)
    return true
  }

  /** Forgets everything. */
  clear(): void {
    this.#buckets.fill(NONE)
    this.#filled = 0
    this.#at = 0
  }

  #link(place: number): void {
    const bucket = this.#cells[place << 1]! & (this.#buckets.length - 1)
    this.#cells[(place << 1) | 1] = this.#buckets[bucket]!
    this.#buckets[bucket] = place
  }

  #forget(place: number): void {
    const cells = this.#cells
    const next = cells[(place << 1) | 1]!
    if (next === TAKEN) return
    const bucket = cells[place << 1]! & (this.#buckets.length - 1)
    let before = this.#buckets[bucket]!
    if (before === place) this.#buckets[bucket] = next
    else {
      while (cells[(before << 1) | 1] !== place) before = cells[(before << 1) | 1]!
      cells[(before << 1) | 1] = next
    }
    cells[(place << 1) | 1] = TAKEN
  }

  #grow(): void {
    const filled = this.#places
    this.#places = Math.min(filled * 2, this.#max)
    this.#cells = grown(this.#cells, this.#places * 2)
    this.#buckets = emptyBuckets(this.#places)
    for (let place = 0; place < filled; place++) if (this.#cells[(place << 1) | 1] !== TAKEN) this.#link(place)
  }
}
