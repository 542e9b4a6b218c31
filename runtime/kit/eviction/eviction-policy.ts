import { LruPolicy } from './lru-policy.ts'
import { S3FifoPolicy } from './s3-fifo.ts'
import { SievePolicy } from './sieve.ts'

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
  /** Takes the entry out that has to go and returns its slot; `NONE` when there is no entry. */
  evict(): number
  /** Forgets everything. */
  clear(): void
}

/** Names of the policies, the default first. */
export const EVICTION_NAMES = ['lru', 'sieve', 's3-fifo'] as const

/** Name of a policy. */
export type EvictionName = (typeof EVICTION_NAMES)[number]

/** A policy for a table of at most `entriesMax` entries. */
export function evictionPolicy(name: EvictionName, entriesMax: number): EvictionPolicy {
  if (name === 'lru') return new LruPolicy()
  return name === 'sieve' ? new SievePolicy() : new S3FifoPolicy(entriesMax)
}
