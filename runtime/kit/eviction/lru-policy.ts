import type { EvictionPolicy } from './eviction-policy.ts'
import { SlotList } from './slot-list.ts'

/** Least recently used: a use makes an entry the newest, the oldest goes. */
export class LruPolicy implements EvictionPolicy {
  readonly #order = new SlotList()

  inserted(slot: number): void {
    this.#order.add(slot)
  }
  used(slot: number): void {
    this.#order.touch(slot)
  }
  removed(slot: number): void {
    this.#order.remove(slot)
  }
  evict(): number {
    return this.#order.takeOldest()
  }
  clear(): void {
    this.#order.clear()
  }
}
