import type { EvictionPolicy } from './eviction-policy.ts'
import { hashKey, KeyTable, NONE } from './key-table.ts'

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
  readonly #keys: KeyTable
  readonly #policy: EvictionPolicy
  readonly #bytesMax: number
  readonly #onEvict: (() => void) | undefined
  #values: (Value | undefined)[] = []
  #sizes: number[] = []
  #bytes = 0

  constructor({ entriesMax, bytesMax = Number.POSITIVE_INFINITY, policy, onEvict }: EvictingTableOptions) {
    this.#keys = new KeyTable(entriesMax)
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
    const slot = this.#keys.find(key, hashKey(key))
    if (slot === NONE) return undefined
    this.#policy.used(slot)
    return this.#values[slot]
  }

  /** The value under `key`, which does not count as a use. */
  peek(key: string): Value | undefined {
    const slot = this.#keys.find(key, hashKey(key))
    return slot === NONE ? undefined : this.#values[slot]
  }

  /**
   * Stores a value of `bytes`; to replace one counts as a use. False, and nothing is changed but that the key's old value
   * is gone, when it is larger than the whole table.
   */
  set(key: string, value: Value, bytes = 0): boolean {
    const hash = hashKey(key)
    const known = this.#keys.find(key, hash)
    if (known !== NONE) {
      const grownBy = bytes - this.#sizes[known]!
      if (this.#bytes + grownBy <= this.#bytesMax) {
        this.#values[known] = value
        this.#sizes[known] = bytes
        this.#bytes += grownBy
        this.#policy.used(known)
        return true
      }
      this.#policy.removed(known)
      this.#drop(known)
    }
    if (bytes > this.#bytesMax) return false
    while (this.#keys.full || this.#bytes + bytes > this.#bytesMax) {
      this.#drop(this.#policy.evict())
      this.#onEvict?.()
    }
    const slot = this.#keys.add(key, hash)
    this.#values[slot] = value
    this.#sizes[slot] = bytes
    this.#bytes += bytes
    this.#policy.inserted(slot, hash)
    return true
  }

  /** Removes an entry and returns its value. */
  delete(key: string): Value | undefined {
    const slot = this.#keys.find(key, hashKey(key))
    if (slot === NONE) return undefined
    const value = this.#values[slot]
    this.#policy.removed(slot)
    this.#drop(slot)
    return value
  }

  /** Forgets everything. */
  clear(): void {
    this.#keys.clear()
    this.#policy.clear()
    this.#values = []
    this.#sizes = []
    this.#bytes = 0
  }

  #drop(slot: number): void {
    this.#keys.remove(slot)
    this.#values[slot] = undefined
    this.#bytes -= this.#sizes[slot]!
  }
}
