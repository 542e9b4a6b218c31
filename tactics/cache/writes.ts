import { Lru } from '@archlab/runtime/kit'

const MARKS_MAX = 10_000

/**
 * Which URIs a write has changed (RFC 9111 §4.4), so that what was asked for before it is not given any more: whoever it
 * was kept for, and also when it is still on its way. Writes are counted, not timed, since clocks have equal readings.
 *
 * The table is bounded: when the mark of a URI is forgotten, everything asked for before that write is taken for outdated.
 */
export class Writes {
  readonly #marks: Lru<number>
  #count = 0
  #forgotten = 0

  constructor(marksMax = MARKS_MAX) {
    this.#marks = new Lru(marksMax)
  }

  /** How many there were. */
  get count(): number {
    return this.#count
  }

  /** A write to `uri` has succeeded. */
  add(uri: string): void {
    this.#count += 1
    this.#forgotten = this.#marks.set(uri, this.#count) ?? this.#forgotten
  }

  /** Number of the last write to `uri`; 0 when none is known. */
  last(uri: string): number {
    return this.#count === 0 ? 0 : (this.#marks.peek(uri) ?? 0)
  }

  /** Whether `uri` was written to, or may have been, after `epoch` writes had been seen. */
  outdate(uri: string, epoch: number): boolean {
    return epoch < this.#count && (epoch < this.#forgotten || epoch < this.last(uri))
  }
}
