/** Something that happened to a lab: a death, a restart, an operation, an edit. JSON-serialisable. */
export interface LabEvent {
  /** ISO 8601. */
  readonly at: string
  /** Milliseconds since the lab began to start. */
  readonly sinceStartMs: number
  /** What happened, in kebab-case: `replica-died`, `replica-ready`, `kill`, `edit` ... */
  readonly event: string
  /** Whom it happened to: replicas, addresses of links, or nobody in particular. */
  readonly subjects: readonly string[]
  readonly fields: Readonly<Record<string, unknown>>
}

/** Events that are kept; older ones are forgotten, and counted. */
export const EVENTS_MAX = 1000

/** What happened when, oldest first. */
export class EventLog {
  readonly #events: LabEvent[] = []
  readonly #startedAtMs: number
  readonly #nowMs: () => number
  #forgotten = 0

  /** `nowMs` is milliseconds since 1970; the log begins now. */
  constructor(nowMs: () => number = Date.now) {
    this.#nowMs = nowMs
    this.#startedAtMs = nowMs()
  }

  /** Those that are kept; the array is the caller's own. */
  get all(): LabEvent[] {
    return [...this.#events]
  }

  /** How many older ones were forgotten. */
  get forgotten(): number {
    return this.#forgotten
  }

  add(event: string, subjects: readonly string[], fields: Readonly<Record<string, unknown>> = {}): LabEvent {
    const nowMs = this.#nowMs()
    const at = new Date(nowMs).toISOString()
    const entry = { at, sinceStartMs: nowMs - this.#startedAtMs, event, subjects, fields }
    this.#events.push(entry)
    if (this.#events.length > EVENTS_MAX) {
      this.#events.shift()
      this.#forgotten += 1
    }
    return entry
  }
}
