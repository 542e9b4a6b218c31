import type { Reply, Request } from '@archlab/runtime/kit'

/**
 * Where a cache component keeps its entries. Each operation answers with the reply itself: the value read, that it was
 * stored, or why it was not. Stores count hits, misses and sets. One in memory answers without a promise.
 */
export interface CacheStore {
  /** `{"value":…}`, `null` when there is none. */
  read(key: string, request: Request): Reply | Promise<Reply>
  /** Stores `json` as it is, for `ttlMs` if given. */
  write(key: string, json: string, ttlMs: number | undefined, request: Request): Reply | Promise<Reply>
  /** Forgets a key; the reply says whether there was one. */
  forget(key: string, request: Request): Reply | Promise<Reply>
}
