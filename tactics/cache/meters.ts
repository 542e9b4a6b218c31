import type { TacticContext } from '@archlab/runtime/kit'
import type { settings } from './settings.ts'

export const counters = {
  hit: 'Requests answered from a kept reply, without waiting for the origin.',
  miss: 'Requests that waited for the origin, because no fresh reply was kept.',
  bypassed: 'Requests that must go to the origin.',
  stale: 'Hits that got a stale reply, while a fresh one was being fetched.',
  stale_on_error: 'Misses that got a stale reply, because the origin failed.',
  stored: 'Replies stored.',
  negative: 'Replies stored for negative-ttl, among those stored.',
  coalesced: 'Requests that joined the work of another.',
  revalidations: 'Calls to the origin in the background.',
  revalidations_failed: 'Those that brought a failure, or nothing in time.',
  revalidations_skipped: 'Stale hits without such a call, because max-revalidations were under way.',
  invalidated: 'Writes that succeeded and made the kept replies of their URI invalid.',
  evicted: 'Entries that left because own memory was full.',
  variants_dropped: 'Variants that left because their key had too many.',
  store_failed: 'Times the store failed, refused or was too slow.',
} as const

export const gauges = {
  entries: 'Entries in own memory.',
  bytes: 'Bytes in own memory, about.',
} as const

export type CacheContext = TacticContext<typeof settings, keyof typeof counters, keyof typeof gauges>
