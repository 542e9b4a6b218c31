import { createHash } from 'node:crypto'
import { shownValue } from '../topology/index.ts'
import type { Words } from './session/words.ts'

/** How an event can be made to happen again. */
export type Repeat =
  /** An operation, in the words of `environment:`. */
  | Words
  /** Patches of the topology, as `--set` takes them. */
  | { readonly set: readonly string[] }
  /** The topology's own file was saved with this text; patches stayed. */
  | { readonly save: string; readonly text: string }
  /** Another file was applied, with this text; `null` when nobody knows it. Patches were forgotten. */
  | { readonly apply: string; readonly text: string | null }

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
  /** `null` for what the lab did by itself, and for requests. Texts are named by their hashes, see `EventLog.texts`. */
  readonly repeat: Repeat | null
}

/** Events that are kept; older ones are forgotten, and counted. */
export const EVENTS_MAX = 1000
/** Length of the texts that are kept, in characters; of more the oldest are forgotten. */
export const TEXTS_LENGTH_MAX = 8 * 1024 * 1024

const HASH_DIGITS = 16

/** What of the log is an event: deaths and what else went wrong with a replica, a thread or a host. */
export const EVENTS_OF_LOG: ReadonlySet<string> = new Set([
  'replica-died',
  'thread-died',
  'replica-hung',
  'replica-out-of-memory',
  'close-forced',
  'host-died',
])

/** What happened when, oldest first. */
export class EventLog {
  readonly #events: LabEvent[] = []
  readonly #startedAtMs: number
  readonly #nowMs: () => number
  readonly #wallMs: () => number
  #forgotten = 0
  /** By hash, oldest first. */
  readonly #texts = new Map<string, string>()
  #textsLength = 0

  /**
   * The log begins now. `nowMs` is a clock that only goes forward, in milliseconds; `wallMs`, milliseconds since 1970, may be
   * set meanwhile, so times since the start are not taken from it.
   */
  constructor(nowMs: () => number = () => performance.now(), wallMs: () => number = Date.now) {
    this.#nowMs = nowMs
    this.#wallMs = wallMs
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

  /** Texts of topologies that events name, by their hashes. They may hold secrets. */
  get texts(): Record<string, string> {
    const named = new Set(this.#events.map(({ repeat }) => (repeat as { text?: unknown } | null)?.text))
    return Object.fromEntries([...this.#texts].filter(([hash]) => named.has(hash)))
  }

  /** `repeat` with its text itself. What is a secret by its name in fields and patches is kept as asterisks. */
  add(
    event: string,
    subjects: readonly string[],
    fields: Readonly<Record<string, unknown>> = {},
    repeat: Repeat | null = null,
  ): LabEvent {
    const at = new Date(this.#wallMs()).toISOString()
    const sinceStartMs = Math.round(this.#nowMs() - this.#startedAtMs)
    // Events are told to everybody, and written down.
    const shown = shownValue({ fields, repeat: this.#withoutText(repeat) }) as Pick<LabEvent, 'fields' | 'repeat'>
    const entry = { at, sinceStartMs, event, subjects, ...shown }
    this.#events.push(entry)
    if (this.#events.length > EVENTS_MAX) {
      this.#events.shift()
      this.#forgotten += 1
    }
    return entry
  }

  /** Puts the text aside: many events have the same. */
  #withoutText(repeat: Repeat | null): Repeat | null {
    if (repeat === null || !('text' in repeat) || typeof repeat.text !== 'string') return repeat
    const { text } = repeat
    const hash = createHash('sha256').update(text).digest('hex').slice(0, HASH_DIGITS)
    this.#textsLength += text.length - (this.#texts.get(hash)?.length ?? 0)
    this.#texts.delete(hash)
    this.#texts.set(hash, text)
    for (const [oldest, { length }] of this.#texts) {
      if (this.#textsLength <= TEXTS_LENGTH_MAX) break
      this.#texts.delete(oldest)
      this.#textsLength -= length
    }
    return { ...repeat, text: hash }
  }
}
