import { bodyLength, EvictingTable, type EvictionName, evictionPolicy, type Meter } from '@archlab/runtime/kit'
import type { Entry } from './entry.ts'
import { NO_VARIANTS, type Variants } from './variants.ts'

const ENTRY_OVERHEAD_BYTES = 300

export interface MemoryLimits {
  readonly maxEntries: number
  readonly maxBytes: number
  readonly eviction: EvictionName
}

/** What the memory counts and shows. */
export interface MemoryMeters {
  /** Entries that had to leave. */
  readonly evicted: Meter
  readonly entries: Meter
  readonly bytes: Meter
}

/** Entries in this replica's own memory, bounded in number and in bytes. Variants of one key come and go together. */
export class Memory {
  readonly #table: EvictingTable<Variants>
  readonly #meters: MemoryMeters

  constructor({ maxEntries, maxBytes, eviction }: MemoryLimits, meters: MemoryMeters) {
    this.#meters = meters
    this.#table = new EvictingTable({
      entriesMax: maxEntries,
      bytesMax: maxBytes,
      policy: evictionPolicy(eviction, maxEntries),
      onEvict: () => meters.evicted.add(),
    })
  }

  /** What is kept under `key`, fresh or not. */
  get(key: string): Variants {
    return this.#table.get(key) ?? NO_VARIANTS
  }

  /** The same, which does not count as a use. */
  known(key: string): Variants {
    return this.#table.peek(key) ?? NO_VARIANTS
  }

  /** Stores what shall lie under `key`. Returns false when it is larger than the whole memory. */
  set(key: string, variants: Variants): boolean {
    const taken = this.#table.set(
      key,
      variants,
      variants.reduce((sum, entry) => sum + sizeOf(entry), key.length),
    )
    this.#show()
    return taken
  }

  delete(key: string): void {
    this.#table.delete(key)
    this.#show()
  }

  /** Holds so much from now on; what is too much leaves. */
  resize({ maxEntries, maxBytes }: MemoryLimits): void {
    this.#table.resize(maxEntries, maxBytes)
    this.#show()
  }

  #show(): void {
    this.#meters.entries.set(this.#table.size)
    this.#meters.bytes.set(this.#table.bytes)
  }
}

function sizeOf({ body, headers, vary, selection }: Entry): number {
  return bodyLength(body) + headers.length + vary.length + selection.length + ENTRY_OVERHEAD_BYTES
}
