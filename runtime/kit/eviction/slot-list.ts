import { grown, NONE, SLOTS_AT_START } from './slots.ts'

/**
 * Slots in an order: a doubly linked ring over whole numbers, with a sentinel at place 0 and slot `s` at place `s + 1`;
 * both neighbours of a place lie side by side, so that they come into the processor's cache together.
 *
 *     newest ⇄ … ⇄ oldest ⇄ (place 0) ⇄ newest
 */
export class SlotList {
  #links = new Int32Array((SLOTS_AT_START + 1) * 2)
  #size = 0

  /** Number of slots in the list. */
  get size(): number {
    return this.#size
  }

  /** The slot added or touched longest ago; `NONE` when there is none. */
  get oldest(): number {
    return this.#links[0]! - 1
  }

  /** The next newer slot; `NONE` behind the newest. */
  newerThan(slot: number): number {
    return this.#links[(slot + 1) << 1]! - 1
  }

  /** Puts a slot in as the newest. */
  add(slot: number): void {
    const place = slot + 1
    if (place * 2 >= this.#links.length) this.#links = grown(this.#links, (place + 1) * 4)
    this.#linkNewest(place)
    this.#size += 1
  }

  /** Takes a slot out. */
  remove(slot: number): void {
    this.#unlink(slot + 1)
    this.#size -= 1
  }

  /** Takes the oldest slot out; `NONE` when there is none. */
  takeOldest(): number {
    const slot = this.oldest
    if (slot !== NONE) this.remove(slot)
    return slot
  }

  /** Makes a slot of the list the newest. */
  touch(slot: number): void {
    const place = slot + 1
    if (this.#links[1] === place) return
    this.#unlink(place)
    this.#linkNewest(place)
  }

  /** Takes every slot out. */
  clear(): void {
    this.#links[0] = 0
    this.#links[1] = 0
    this.#size = 0
  }

  // Of each place the first number is the next newer one, the second the next older; so the sentinel's are the oldest
  // and the newest.
  #linkNewest(place: number): void {
    const links = this.#links
    const newest = links[1]!
    links[place << 1] = 0
    links[(place << 1) | 1] = newest
    links[newest << 1] = place
    links[1] = place
  }

  #unlink(place: number): void {
    const links = this.#links
    const newer = links[place << 1]!
    const older = links[(place << 1) | 1]!
    links[(newer << 1) | 1] = older
    links[older << 1] = newer
  }
}
