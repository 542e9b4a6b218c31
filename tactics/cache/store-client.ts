import {
  bodyText,
  Cancellation,
  type CancellationListener,
  type Clock,
  type Expiring,
  Expiry,
  type Handler,
  Lru,
  type Meter,
  type Reply,
  type Request,
} from '@archlab/runtime/kit'
import type { Entry } from './entry.ts'
import { fromEnvelope, toEnvelope } from './envelope.ts'

const JSON_HEADERS = '\ncontent-type: application/json'
const ABSENT = '{"value":null}'

interface Question {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly headers: string
  readonly body: string
}

export interface StoreLimits {
  readonly timeoutMs: number
  readonly maxEntries: number
  readonly statuses: readonly number[]
}

/**
 * Entries in a cache component: `GET /cache/<key>` and `POST /cache/<key>`. A store that fails, refuses, talks nonsense or
 * takes longer than `timeoutMs` is as good as empty; `failed` counts that, and the request never notices.
 */
export class StoreClient {
  readonly #call: Handler
  readonly #clock: Clock
  readonly #limits: StoreLimits
  readonly #failed: Meter
  readonly #expiry: Expiry
  // The last text read for a key with what it means: as long as the store answers the same, nothing is parsed.
  readonly #read: Lru<{ text: string; entry: Entry }>

  constructor(call: Handler, clock: Clock, limits: StoreLimits, failed: Meter) {
    this.#call = call
    this.#clock = clock
    this.#limits = limits
    this.#failed = failed
    this.#expiry = new Expiry(clock, limits.timeoutMs)
    this.#read = new Lru(limits.maxEntries)
  }

  /** Calls the timer off. */
  close(): void {
    this.#expiry.close()
  }

  /** The fresh entry under `key`. `cancellation` calls the question off. */
  async get(key: string, request: Request, cancellation: Cancellation): Promise<Entry | undefined> {
    const reply = await this.#ask(request, cancellation, {
      method: 'GET',
      path: pathOf(key),
      query: '',
      headers: '',
      body: '',
    })
    // The cache component answers null for a key it does not have; others may say 404.
    if (reply === undefined || reply.status === 404) return undefined
    const entry = reply.status === 200 ? this.#entryIn(key, reply) : this.#fail()
    return entry?.isFresh(this.#clock.nowMs()) ? entry : undefined
  }

  /** Stores an entry; false when the store did not take it. */
  async set(key: string, entry: Entry, request: Request, cancellation: Cancellation): Promise<boolean> {
    const body = JSON.stringify({ value: toEnvelope(entry, this.#clock), ttl: `${Math.ceil(entry.ttlMs)}ms` })
    const reply = await this.#ask(request, cancellation, {
      method: 'POST',
      path: pathOf(key),
      query: '',
      headers: JSON_HEADERS,
      body,
    })
    if (reply === undefined) return false
    const taken = reply.status >= 200 && reply.status < 300
    if (!taken) this.#fail()
    return taken
  }

  #entryIn(key: string, reply: Reply): Entry | undefined {
    try {
      const text = bodyText(reply.body)
      if (text === ABSENT) return undefined
      const known = this.#read.get(key)
      if (known?.text === text) return known.entry
      const { value } = JSON.parse(text) as { value: unknown }
      if (value === null) return undefined
      const entry = fromEnvelope(value, this.#limits.statuses, this.#clock)
      if (!entry) return this.#fail()
      this.#read.set(key, { text, entry })
      return entry
    } catch {
      return this.#fail()
    }
  }

  /**
   * The store's reply; `undefined` (counted) when it fails or takes too long, and when the question is called off. The
   * link is not told a deadline: it would arm a timer for each call, and giving up cancels the call anyway.
   */
  #ask(request: Request, cancellation: Cancellation, question: Question): Promise<Reply | undefined> {
    if (cancellation.cancelled) return Promise.resolve(undefined)
    const pending = new PendingQuestion(this.#expiry, cancellation, this.#failed)
    this.#expiry.add(pending, this.#clock.nowMs())
    cancellation.attach(pending)
    const asked = request.with({ ...question, deadlineMs: Number.POSITIVE_INFINITY, cancellation: pending.own })
    try {
      const outcome = this.#call(asked)
      if (outcome instanceof Promise) outcome.then(pending.answered, pending.broke)
      else pending.answered(outcome)
    } catch {
      pending.broke()
    }
    return pending.promise
  }

  #fail(): undefined {
    this.#failed.add()
    return undefined
  }
}

/** A question under way: entry of the timeout list, listener of the cancellation, holder of the promise. */
class PendingQuestion implements Expiring, CancellationListener {
  dueMs = 0
  before: Expiring | undefined = undefined
  after: Expiring | undefined = undefined
  /** Tells the store's link that nobody waits any more. */
  readonly own = new Cancellation()
  readonly promise: Promise<Reply | undefined>
  #resolve: ((reply: Reply | undefined) => void) | undefined
  readonly #expiry: Expiry
  readonly #cancellation: Cancellation
  readonly #failed: Meter

  constructor(expiry: Expiry, cancellation: Cancellation, failed: Meter) {
    this.#expiry = expiry
    this.#cancellation = cancellation
    this.#failed = failed
    this.promise = new Promise(resolve => {
      this.#resolve = resolve
    })
  }

  readonly answered = (reply: Reply): void => this.#end(reply, false)
  readonly broke = (): void => this.#end(undefined, true)

  expire(): void {
    this.#end(undefined, true)
    this.own.cancel()
  }

  cancelled(): void {
    this.#end(undefined, false)
    this.own.cancel()
  }

  #end(reply: Reply | undefined, failed: boolean): void {
    const resolve = this.#resolve
    if (!resolve) return
    this.#resolve = undefined
    this.#expiry.remove(this)
    this.#cancellation.detach(this)
    if (failed) this.#failed.add()
    resolve(reply)
  }
}

function pathOf(key: string): string {
  return `/cache/${encodeURIComponent(key)}`
}
