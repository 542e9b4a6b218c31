import type { EvictionPolicy } from './eviction-policy.ts'
import { LruPolicy } from './lru-policy.ts'
import { S3FifoPolicy } from './s3-fifo-policy.ts'
import { SievePolicy } from './sieve-policy.ts'

/** Names of the eviction policies, the usual one first. */
export const EVICTION_NAMES = ['lru', 'sieve', 's3-fifo'] as const

/** Name of an eviction policy. */
export type EvictionName = (typeof EVICTION_NAMES)[number]

/** A policy for a table of at most `entriesMax` entries. */
export function evictionPolicy(name: EvictionName, entriesMax: number): EvictionPolicy {
  if (name === 'lru') return new LruPolicy()
  return name === 'sieve' ? new SievePolicy() : new S3FifoPolicy(entriesMax)
}
