import { hash } from 'node:crypto'
import { Lru, type Meter, type Request } from '@archlab/runtime/kit'

/** What `key` may say. */
export const KEY_PATTERN = "^(ip|path|header:[A-Za-z0-9!#$%&'*+.^_`|~-]+)$"

/** Longer keys are replaced by their hash, so that the table's memory is bounded too. */
const KEY_LENGTH_MAX = 128

/** The function that finds whose request it is. Requests without the header are of one and the same client. */
export function requestKey(specification: string): (request: Request) => string {
  if (specification === 'ip') return request => bounded(request.client)
  if (specification === 'path') return request => bounded(request.path)
  const name = specification.slice(specification.indexOf(':') + 1).toLowerCase()
  return request => bounded(request.header(name) ?? '')
}

const bounded = (key: string): string => (key.length <= KEY_LENGTH_MAX ? key : hash('sha256', key))

/**
 * Who has written lately. The table is bounded: when somebody's write is forgotten too early, everybody who is not in the
 * table is taken for a writer until that write would have been old enough, so nobody misses a write of his own.
 */
export class OwnWrites {
  readonly #untilMs: Lru<number>
  readonly #dropped: Meter
  #forgottenUntilMs = 0

  /** At most `keysMax` writers are remembered; `dropped` counts those forgotten too early. */
  constructor(keysMax: number, dropped: Meter) {
    this.#untilMs = new Lru(keysMax)
    this.#dropped = dropped
  }

  /** `key` has written; it matters until `untilMs`. */
  mark(key: string, untilMs: number, nowMs: number): void {
    const dropped = this.#untilMs.set(key, untilMs)
    if (dropped === undefined || dropped <= nowMs) return
    this.#dropped.add()
    this.#forgottenUntilMs = Math.max(this.#forgottenUntilMs, dropped)
  }

  /** Whether a write of `key` still matters, or may. */
  matters(key: string, nowMs: number): boolean {
    // Not a use: who leaves is the one whose latest write is the oldest.
    return nowMs < (this.#untilMs.peek(key) ?? this.#forgottenUntilMs)
  }
}
