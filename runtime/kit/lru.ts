import { KeyTable } from './eviction/key-table.ts'
import { SlotList } from './eviction/slot-list.ts'
import { NONE } from './eviction/slots.ts'

/**
 * A bounded table that forgets what was used longest ago. A `KeyTable` finds an entry's slot, a ring of slots keeps the
 * order, so a use writes a few whole numbers. (Deleting and setting again in a Map, the usual shortcut, leaves holes
 * that make the map rehash: microseconds per operation at 100,000 entries.)
 */
export class Lru<Value> {
  readonly #keys: KeyTable<Value>
  readonly #order = new SlotList()

  /** `max` is the largest number of entries, at least 1. */
  constructor(max: number) {
    this.#keys = new KeyTable(max)
  }

  /** Number of entries. */
  get size(): number {
    return this.#keys.size
  }

  /** True when another key can only come in when the oldest leaves. */
  get full(): boolean {
    return this.#keys.full
  }

  /** The value under `key`, which counts as a use; `undefined` when absent. */
  get(key: string): Value | undefined {
    const slot = this.#keys.find(key, this.#keys.hash(key))
    if (slot === NONE) return undefined
    this.#order.touch(slot)
    return this.#keys.valueOf(slot)
  }

  /** The value under `key`, which does not count as a use. */
  peek(key: string): Value | undefined {
    const slot = this.#keys.find(key, this.#keys.hash(key))
    return slot === NONE ? undefined : this.#keys.valueOf(slot)
  }

  /** Stores a value as the newest. Returns the value that had to leave for it, if one had to. */
  set(key: string, value: Value): Value | undefined {
    const hash = this.#keys.hash(key)
    const known = this.#keys.find(key, hash)
    if (known !== NONE) {
      this.#keys.setValue(known, value)
      this.#order.touch(known)
      return undefined
    }
    const dropped = this.full ? this.takeOldest() : undefined
    this.#order.add(this.#keys.add(key, hash, value))
    return dropped
  }

  /** Removes an entry and returns its value. */
  delete(key: string): Value | undefined {
    const slot = this.#keys.find(key, this.#keys.hash(key))
    if (slot === NONE) return undefined
    this.#order.remove(slot)
    return this.#keys.remove(slot)
  }

  /** Removes the entry used longest ago and returns its value. */
  takeOldest(): Value | undefined {
    const slot = this.#order.takeOldest()
    return slot === NONE ? undefined : this.#keys.remove(slot)
  }

  /** Holds at most `max` entries from now on, at least 1; `onDrop` is told of each that has to leave. */
  resize(max: number, onDrop: (value: Value) => void = () => {}): void {
    this.#keys.max = max
    while (this.size > max) onDrop(this.takeOldest() as Value)
  }

  /** Forgets everything. */
  clear(): void {
    this.#keys.clear()
    this.#order.clear()
  }
}
