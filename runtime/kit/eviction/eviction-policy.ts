/**
 * Which entry has to go when a bounded table is full. A policy knows entries by their slot, a small whole number that is
 * used again once its entry has gone.
 */
export interface EvictionPolicy {
  /** An entry came in. `hash` is that of its key: the one thing by which an entry that went is known again. */
  inserted(slot: number, hash: number): void
  /** An entry was read or replaced. */
  used(slot: number): void
  /** An entry was taken out by its owner. */
  removed(slot: number): void
  /** Takes the entry out that has to go and returns its slot; -1 when there is no entry. */
  evict(): number
  /** Forgets everything. */
  clear(): void
  /** The table holds another number of entries at most from now on. Absent where that means nothing to the policy. */
  resize?(entriesMax: number): void
}
