import type { Meter, Reply, Request } from '@archlab/runtime/kit'
import type { CacheStore } from './cache-store.ts'
import { LruTable } from './lru-table.ts'
import { ABSENT, forgotten, found, STORED, tooLarge } from './replies.ts'

/** What a table in memory counts. */
export interface MemoryMeters {
  readonly hits: Meter
  readonly misses: Meter
  readonly sets: Meter
  readonly evictions: Meter
  readonly expirations: Meter
  readonly entries: Meter
  readonly bytes: Meter
}

/** Entries in a table of this replica: prepared replies, so that a hit allocates nothing. Answers without a promise. */
export class MemoryStore implements CacheStore {
  readonly #table: LruTable<Reply>
  readonly #meters: MemoryMeters
  #tooLarge: Reply

  /** At most `entriesMax` entries that together hold at most `bytesMax` bytes of keys and values. */
  constructor(entriesMax: number, bytesMax: number, meters: MemoryMeters) {
    this.#table = new LruTable(entriesMax, bytesMax, {
      evicted: () => meters.evictions.add(),
      expired: () => meters.expirations.add(),
    })
    this.#meters = meters
    this.#tooLarge = tooLarge(bytesMax)
  }

  /** Holds at most so much from now on. */
  resize(entriesMax: number, bytesMax: number, nowMs: number): void {
    this.#table.resize(entriesMax, bytesMax, nowMs)
    this.#tooLarge = tooLarge(bytesMax)
    this.#show()
  }

  read(key: string, request: Request): Reply {
    const reply = this.#table.get(key, request.arrivedAtMs)
    if (reply) {
      this.#meters.hits.add()
      return reply
    }
    this.#meters.misses.add()
    this.#show()
    return ABSENT
  }

  write(key: string, json: string, ttlMs: number | undefined, request: Request): Reply {
    const nowMs = request.arrivedAtMs
    const bytes = Buffer.byteLength(json) + Buffer.byteLength(key)
    const taken = this.#table.set(key, found(json), bytes, nowMs + (ttlMs ?? Number.POSITIVE_INFINITY), nowMs)
    this.#show()
    if (!taken) return this.#tooLarge
    this.#meters.sets.add()
    return STORED
  }

  forget(key: string, request: Request): Reply {
    const deleted = this.#table.delete(key, request.arrivedAtMs)
    this.#show()
    return forgotten(deleted)
  }

  #show(): void {
    this.#meters.entries.set(this.#table.size)
    this.#meters.bytes.set(this.#table.bytes)
  }
}
