/** One way to do an operation on a store. Cases of one group do the same work. */
export interface StoreCase {
  readonly group: string
  /** The store: `Redis`, `SQLite in memory`. */
  readonly store: string
  /** `component` goes through a component of the lab; anything else is what it is measured beside. */
  readonly how: string
  /**
   * What an operation that has been answered survives, e.g. `kill -9`. Where cases say so, the component is measured beside
   * those that promise the same, on whatever store.
   */
  readonly survives?: string
  /** Makes everything ready. Rejects with a `Missing` when the store is not on this machine. */
  open(): Promise<Operations>
}

/** A store that is ready. */
export interface Operations {
  /** Does the operation for the `at`-th time; throws when it went wrong. */
  run(at: number): void | Promise<void>
  /** Removes what was made and closes everything. */
  close(): Promise<void>
}

/** A store that is not there; its message is why. */
export class Missing extends Error {}

/** Keys, or records, that operations go round over. */
export const KEYS = 1000

/** The `at`-th key: all of them, in an order that jumps. */
export const keyAt = (at: number): string => `k${(at * 617) % KEYS}`

/** What is stored: 200 bytes of JSON, other ones each time. A store may leave out a write that changes nothing. */
export const valueAt = (at: number): string => `{"text":"${String(at).padStart(189, 'x')}"}`
