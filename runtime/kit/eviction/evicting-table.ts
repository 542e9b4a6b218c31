import type { EvictionPolicy } from './eviction-policy.ts'
import { KeyTable } from './key-table.ts'
import { NONE } from './slots.ts'

/** How much an `EvictingTable` holds, and who goes when that is too much. */
export interface EvictingTableOptions {
  /** At least 1. */
  entriesMax: number
  /** Of the sizes that `set` is told; unlimited by default. */
  bytesMax?: number
  policy: EvictionPolicy
  /** Called after an entry had to go for another. */
  onEvict?: () => void
}

/** A table bounded in entries and bytes; a policy chooses who has to go. Nothing expires in it. */
export class EvictingTable<Value> {
  readonly #keys: KeyTable<Value>
  readonly #policy: EvictionPolicy
  #entriesMax: number
  #bytesMax: number
  readonly #onEvict: (() => void) | undefined
  #sizes: number[] = []
  #bytes = 0

  constructor({ entriesMax, bytesMax = Number.POSITIVE_INFINITY, policy, onEvict }: EvictingTableOptions) {
    this.#keys = new KeyTable(entriesMax)
    this.#entriesMax = entriesMax
    this.#bytesMax = bytesMax
    this.#policy = policy
    this.#onEvict = onEvict
  }

  /** Number of entries. */
  get size(): number {
    return this.#keys.size
  }

  /** Sum of the entries' sizes. */
  get bytes(): number {
    return this.#bytes
  }

  /** The value under `key`, which counts as a use; `undefined` when absent. */
  get(key: string): Value | undefined {
    const slot = this.#keys.find(key, this.#keys.hash(key))
    if (slot === NONE) return undefined
    this.#policy.used(slot)
    return this.#keys.valueOf(slot)
  }

  /** The value under `key`, which does not count as a use. */
  peek(key: string): Value | undefined {
    const slot = this.#keys.find(key, this.#keys.hash(key))
    return slot === NONE ? undefined : this.#keys.valueOf(slot)
  }

  /**
   * Stores a value of `bytes`; to replace one counts as a use. False, and nothing is changed but that the key's old value
   * is gone, when it is larger than the whole table.
   */
  set(key: string, value: Value, bytes = 0): boolean {
    const hash = this.#keys.hash(key)
    const known = this.#keys.find(key, hash)
    if (known !== NONE) {
      const grownBy = bytes - this.#sizes[known]!
      if (grownBy === 0 || this.#bytes + grownBy <= this.#bytesMax) {
        this.#keys.setValue(known, value)
        if (grownBy !== 0) this.#change(known, grownBy)
        this.#policy.used(known)
        return true
      }
      this.#policy.removed(known)
      this.#drop(known)
    }
    if (bytes > this.#bytesMax) return false
    while (this.#keys.full || this.#bytes + bytes > this.#bytesMax) this.#evict()
    const slot = this.#keys.add(key, hash, value)
    this.#sizes[slot] = bytes
    this.#bytes += bytes
    this.#policy.inserted(slot, hash)
    return true
  }

  /** Removes an entry and returns its value. */
  delete(key: string): Value | undefined {
    const slot = this.#keys.find(key, this.#keys.hash(key))
    if (slot === NONE) return undefined
    this.#policy.removed(slot)
    return this.#drop(slot)
  }

  /** Holds more, or less, from now on: those that are too many have to go. */
  resize(entriesMax: number, bytesMax: number): void {
    this.#bytesMax = bytesMax
    if (entriesMax !== this.#entriesMax) {
      this.#entriesMax = entriesMax
      this.#keys.max = entriesMax
      this.#policy.resize?.(entriesMax)
    }
    while (this.size > entriesMax || this.#bytes > bytesMax) this.#evict()
  }

  /** Forgets everything. */
  clear(): void {
    this.#keys.clear()
    this.#policy.clear()
    this.#sizes = []
    this.#bytes = 0
  }

  #evict(): void {
    this.#drop(this.#policy.evict())
    this.#onEvict?.()
  }

  #change(slot: number, grownBy: number): void {
    this.#sizes[slot]! += grownBy
    this.#bytes += grownBy
  }

  #drop(slot: number): Value {
    this.#bytes -= this.#sizes[slot]!
    return this.#keys.remove(slot)
  }
}
