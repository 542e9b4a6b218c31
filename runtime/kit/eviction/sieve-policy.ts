import type { EvictionPolicy } from './eviction-policy.ts'
import { SlotList } from './slot-list.ts'
import { grownBytes, NONE, SLOTS_AT_START } from './slots.ts'

/**
 * SIEVE (Zhang, Yang, Yue, Vigfusson, Rashmi: "SIEVE is Simpler than LRU", NSDI 2024). Entries stand in the order in which
 * they came, and a use only marks them. A hand walks from the oldest to the newest and begins again: it takes the mark
 * from those that have one and removes the first that has none, so what nobody asked for again goes soon.
 */
export class SievePolicy implements EvictionPolicy {
  readonly #order = new SlotList()
  #visited = new Uint8Array(SLOTS_AT_START)
  /** Where the walk goes on; `NONE` at the oldest. */
  #hand = NONE

  inserted(slot: number): void {
    if (slot >= this.#visited.length) this.#visited = grownBytes(this.#visited, slot * 2)
    this.#visited[slot] = 0
    this.#order.add(slot)
  }

  used(slot: number): void {
    this.#visited[slot] = 1
  }

  removed(slot: number): void {
    if (this.#hand === slot) this.#hand = this.#order.newerThan(slot)
    this.#order.remove(slot)
  }

  evict(): number {
    const visited = this.#visited
    const order = this.#order
    let slot = this.#hand === NONE ? order.oldest : this.#hand
    if (slot === NONE) return NONE
    while (visited[slot] === 1) {
      visited[slot] = 0
      slot = order.newerThan(slot)
      if (slot === NONE) slot = order.oldest
    }
    this.#hand = order.newerThan(slot)
    order.remove(slot)
    return slot
  }

  clear(): void {
    this.#order.clear()
    this.#hand = NONE
  }
}
