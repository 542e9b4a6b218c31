import type { EvictionPolicy } from './eviction-policy.ts'
import { SlotList } from './slot-list.ts'

/** Least recently used: a use makes an entry the newest, the oldest goes. */
export class LruPolicy extends SlotList implements EvictionPolicy {
  inserted(slot: number): void {
    this.add(slot)
  }
  used(slot: number): void {
    this.touch(slot)
  }
  removed(slot: number): void {
    this.remove(slot)
  }
  evict(): number {
    return this.takeOldest()
  }
}
