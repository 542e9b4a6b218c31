import { bodyLength, Lru, type Meter } from '@archlab/runtime/kit'
import type { Entry } from './entry.ts'

const ENTRY_OVERHEAD_BYTES = 200

/** Entries in this replica's own memory, bounded in number and in bytes; the one used longest ago goes first. */
export class Memory {
  readonly #entries: Lru<Held>
  readonly #maxBytes: number
  readonly #evicted: Meter
  readonly #size: Meter
  #bytes = 0

  /** `evicted` counts entries that had to leave; `size` shows how many there are. */
  constructor(limits: { maxEntries: number; maxBytes: number }, evicted: Meter, size: Meter) {
    this.#entries = new Lru(limits.maxEntries)
    this.#maxBytes = limits.maxBytes
    this.#evicted = evicted
    this.#size = size
  }

  /** Bytes held, about. */
  get bytes(): number {
    return this.#bytes
  }

  /** The entry, fresh or not. */
  get(key: string): Entry | undefined {
    return this.#entries.get(key)?.entry
  }

  /** Stores an entry. Returns false when it is larger than the whole memory. */
  set(key: string, entry: Entry): boolean {
    const bytes = bodyLength(entry.body) + entry.headers.length + key.length + ENTRY_OVERHEAD_BYTES
    this.delete(key)
    if (bytes > this.#maxBytes) return false
    while (this.#bytes + bytes > this.#maxBytes || this.#entries.full) {
      this.#bytes -= this.#entries.takeOldest()!.bytes
      this.#evicted.add()
    }
    this.#entries.set(key, { entry, bytes })
    this.#bytes += bytes
    this.#size.set(this.#entries.size)
    return true
  }

  delete(key: string): void {
    const held = this.#entries.delete(key)
    if (!held) return
    this.#bytes -= held.bytes
    this.#size.set(this.#entries.size)
  }
}

interface Held {
  readonly entry: Entry
  readonly bytes: number
}
